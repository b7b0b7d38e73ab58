//! `edge-recall serve`: a static server for one build, that counts what a visit costs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

use super::Context;
use crate::builds::build_id;
use crate::interrupt::instead;
use crate::serve::{Site, start};

/// Serve a build as a good static host would, with a playground and counters.
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct ServeArgs {
    /// The build: a directory with recall.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "NUMBER", default_value_t = 8080)]
    pub port: u16,
    /// Address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// Send text and wasm as they are
    #[arg(long)]
    pub no_gzip: bool,
    /// Wait before each answer, as a distant host would: 150ms, 0.2s
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = time)]
    pub latency: Duration,
    /// Let other machines read and reset the counters, too
    #[arg(long)]
    pub open_count: bool,
}

/// Where the server is to be found.
#[derive(Debug, Serialize)]
struct Answer {
    url: String,
    port: u16,
    playground: String,
    stats: String,
}

/// Serves until it is interrupted.
pub fn run(args: &ServeArgs, context: &Context) -> Result<()> {
    build_id(&args.dir)?;
    let interruption = instead();
    // A bare address, and one in the brackets that URLs need.
    let host = args.host.trim_start_matches('[').trim_end_matches(']');
    let probe: Option<std::net::IpAddr> = host.parse().ok();
    let local = host == "localhost" || probe.is_some_and(|address| address.is_loopback());
    let site = Arc::new(Site::new(args.dir.clone(), !args.no_gzip, local || args.open_count));
    let address = start(host, args.port, args.latency, &site)?;
    let url = format!("http://{}/", reachable(address));
    let answer =
        Answer { port: address.port(), playground: format!("{url}_playground"), stats: format!("{url}stats"), url };
    context.report.answer(&answer, |answer| {
        format!(
            "{} at {}\nplayground {}\ncounters   {}\nCtrl-C ends it",
            args.dir.display(),
            answer.url,
            answer.playground,
            answer.stats
        )
    })?;
    interruption.recv().context("nobody watches for interruption")?;
    if !context.report.is_json() {
        context.report.notice(&site.stats.read().text());
    }
    Ok(())
}

/// An address that a browser can open: "all addresses" is none.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// `150ms`, `0.2s`, `150` (milliseconds), at most a minute.
fn time(text: &str) -> Result<Duration, String> {
    let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1e-3),
        (None, Some(number)) => (number, 1.0),
        (None, None) => (text, 1e-3),
    };
    let seconds = number.trim().parse::<f64>().map(|number| number * scale);
    match seconds {
        Ok(seconds) if (0.0..=60.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("`{text}` is no time up to a minute; write 150ms or 0.2s")),
    }
}

const HELP: &str = "\
Besides the files of the build:

  /_playground    a page to try the build with
  /stats          what was sent, by kind of file, as JSON; POST /stats/reset or GET /stats?reset starts anew

This server is for trying things out; a site belongs on a static host.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        for (text, millis) in [("150ms", 150), ("0.2s", 200), ("7", 7), ("0ms", 0), ("60s", 60_000)] {
            assert_eq!(time(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "ms", "-1ms", "61s", "1h", "NaN"] {
            assert!(time(text).unwrap_err().contains("write 150ms or 0.2s"), "{text}");
        }
    }

    #[test]
    fn all_addresses_are_told_as_one_that_can_be_opened() {
        let told = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(told("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(told("[::]:80"), "[::1]:80");
        assert_eq!(told("192.0.2.1:80"), "192.0.2.1:80");
    }
}
