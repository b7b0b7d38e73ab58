//! Running other programs: one way to start them, one way to say what failed and what to do about it.
//! Owns no knowledge of any particular program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

/// A program to run, with a remedy for the reader when it fails.
pub struct Tool {
    command: Command,
    remedy: Option<String>,
    limit: Option<Duration>,
}

impl Tool {
    /// A program looked up on the path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Tool { command: Command::new(program), remedy: None, limit: None }
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the working directory.
    pub fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// What the reader can do when this fails.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Ends the program when it runs longer than this. Applies to [`Tool::run`].
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs with everything it says on standard error: standard output belongs to results.
    pub fn run(mut self) -> Result<()> {
        self.command.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
        let mut child = self.start()?;
        let status = match self.limit {
            None => child.wait()?,
            Some(limit) => match wait_at_most(&mut child, limit)? {
                Some(status) => status,
                None => {
                    return Err(self.failed(&format!("was still running after {} s", limit.as_secs())));
                }
            },
        };
        if status.success() { Ok(()) } else { Err(self.failed(&format!("ended with {status}"))) }
    }

    /// Runs in the foreground, standard streams untouched.
    pub fn run_in_front(mut self) -> Result<()> {
        let status = self.start()?.wait()?;
        if status.success() { Ok(()) } else { Err(self.failed(&format!("ended with {status}"))) }
    }

    /// Runs silently and returns standard output; what it said is part of the error when it fails.
    pub fn output(mut self) -> Result<String> {
        let out = self.command.stdin(Stdio::null()).output().map_err(|error| self.not_started(&error))?;
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        if out.status.success() {
            return Ok(said);
        }
        let heard = String::from_utf8_lossy(&out.stderr);
        Err(self.failed(&format!("ended with {}\n{}{}", out.status, said, heard.trim_end())))
    }

    fn start(&mut self) -> Result<Child> {
        self.command.spawn().map_err(|error| self.not_started(&error))
    }

    fn line(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    fn not_started(&self, error: &std::io::Error) -> anyhow::Error {
        let program = self.command.get_program().to_string_lossy();
        self.failed(&format!("could not be started: {error} (is {program} installed and on the PATH?)"))
    }

    fn failed(&self, how: &str) -> anyhow::Error {
        let remedy = self.remedy.as_ref().map(|text| format!("\nremedy: {text}")).unwrap_or_default();
        anyhow!("`{}` {how}{remedy}", self.line())
    }
}

/// Waits for the child, polling; ends it and returns `None` when the time is up.
fn wait_at_most(child: &mut Child, limit: Duration) -> Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Does one step, saying what it is and how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {title}");
    let start = Instant::now();
    let done = work().with_context(|| format!("step failed: {title}"))?;
    eprintln!("  ✓ {title} ({:.1} s)", start.elapsed().as_secs_f64());
    Ok(done)
}

/// Runs two pieces of work side by side; the first error wins.
pub fn both<A: Send, B: Send>(
    left: impl FnOnce() -> Result<A> + Send,
    right: impl FnOnce() -> Result<B> + Send,
) -> Result<(A, B)> {
    std::thread::scope(|scope| {
        let other = scope.spawn(right);
        let mine = left();
        let Ok(theirs) = other.join() else { bail!("a worker thread of xtask panicked") };
        Ok((mine?, theirs?))
    })
}

/// Whether a program of this name answers `--version`.
pub fn exists(program: impl AsRef<OsStr>) -> bool {
    let mut asked = Command::new(program);
    asked.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}
