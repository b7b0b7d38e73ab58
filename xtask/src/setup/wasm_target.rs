//! A Rust compiler that can build for wasm32-unknown-unknown. Owns how the target is found and installed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::paths::Paths;
use crate::tool::{Tool, exists, step};

/// The target of the runtime artefact.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// Which cargo builds wasm here.
#[derive(Clone, Copy)]
pub enum WasmCargo {
    /// The same cargo that builds everything else.
    Usual,
    /// Debian's `cargo-web`, with a standard library built from Debian's sources.
    Debian,
}

impl WasmCargo {
    /// A cargo command that can build for [`TARGET`].
    pub fn tool(self) -> Tool {
        match self {
            WasmCargo::Usual => Tool::new("cargo"),
            // What rustup put into the environment would lead Debian's cargo back to rustup's compiler.
            WasmCargo::Debian => Tool::new(DEBIAN_CARGO)
                .env("RUSTC", DEBIAN_RUSTC)
                .without_env("RUSTUP_TOOLCHAIN")
                .without_env("CARGO")
                .without_env("LD_LIBRARY_PATH"),
        }
    }

    /// Whether clippy can look at the wasm build too; Debian's compiler comes without it.
    pub fn has_clippy(self) -> bool {
        matches!(self, WasmCargo::Usual)
    }
}

/// Finds a cargo that builds wasm; installs the target where that can be done.
pub fn ensure(paths: &Paths) -> Result<WasmCargo> {
    if has_target("rustc") {
        return Ok(WasmCargo::Usual);
    }
    if exists("rustup") {
        let added = step(&format!("rustup target add {TARGET}"), || {
            Tool::new("rustup")
                .args(["target", "add", TARGET])
                .dir(&paths.root)
                .limit(Duration::from_secs(60))
                .run()
        });
        match added {
            Ok(()) if has_target("rustc") => return Ok(WasmCargo::Usual),
            Ok(()) => eprintln!("rustup says that it added {TARGET}, but rustc does not find it"),
            Err(error) => eprintln!("{error:#}"),
        }
    }
    if debian::may_install() {
        eprintln!(
            "rustup could not provide {TARGET}. This is Debian and we are root, so Debian's own compiler for it"
        );
        eprintln!(
            "is installed (rustc-web, cargo-web, rust-web-src, lld) and its standard library built: ~80 s, once."
        );
        from_debian(paths)?;
        return Ok(WasmCargo::Debian);
    }
    bail!(
        "the Rust target {TARGET} is not installed and could not be added\n\
         remedy: run `rustup target add {TARGET}`, or install your distribution's package of its standard library"
    )
}

fn has_target(rustc: &str) -> bool {
    let asked = Tool::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    asked.is_ok_and(|folder| holds_std(Path::new(folder.trim())))
}

fn holds_std(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd"))
}

/// Installs Debian's wasm compiler and builds the standard library that Debian ships as source only.
fn from_debian(paths: &Paths) -> Result<()> {
    debian::install(&["rustc-web", "cargo-web", "rust-web-src", "lld-22"])?;
    let sysroot = Tool::new(DEBIAN_RUSTC)
        .args(["--print", "sysroot"])
        .output()?;
    let rustlib = PathBuf::from(sysroot.trim()).join("lib/rustlib");
    link_linker(&rustlib)?;
    if holds_std(&rustlib.join(TARGET).join("lib")) {
        return Ok(());
    }
    step(&format!("standard library for {TARGET}"), || {
        let project = paths.target().join("wasm-std");
        write_empty_crate(&project)?;
        // Without embedded bitcode the library could not take part in link-time optimisation.
        let build = WasmCargo::Debian
            .tool()
            .args(["build", "--release", "--target", TARGET]);
        let build = build
            .arg("-Zbuild-std=core,alloc,std,panic_abort,proc_macro,test")
            .dir(&project);
        let build = build
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes");
        build
            .without_env("CARGO_TARGET_DIR")
            .without_env("CARGO_ENCODED_RUSTFLAGS")
            .run()?;
        copy_libraries(
            &project.join("target").join(TARGET).join("release/deps"),
            &rustlib.join(TARGET).join("lib"),
        )
    })
}

/// rustc looks for a linker called rust-lld in its own folder; Debian's lld of the same LLVM takes the same options.
fn link_linker(rustlib: &Path) -> Result<()> {
    let version = Tool::new(DEBIAN_RUSTC).arg("-vV").output()?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names no host")?;
    let folder = rustlib.join(host).join("bin");
    std::fs::create_dir_all(&folder)?;
    Tool::new("ln")
        .args(["-sfn", "/usr/bin/lld-22"])
        .arg(folder.join("rust-lld"))
        .run()
}

fn write_empty_crate(project: &Path) -> Result<()> {
    std::fs::create_dir_all(project.join("src"))?;
    std::fs::write(project.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"stdonly\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n\
                    [profile.release]\nopt-level = 3\ncodegen-units = 1\ndebug = 0\n";
    Ok(std::fs::write(project.join("Cargo.toml"), manifest)?)
}

fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let is_library = name.ends_with(".rlib") || name.ends_with(".rmeta");
        if name.starts_with("lib") && is_library && !name.starts_with("libstdonly") {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
