//! A static server for one build: sockets and threads. Owns the way from a connection to an answer and back; what is
//! answered is decided in `answer`.

mod answer;
pub mod files;
mod stats;

use std::io::Cursor;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Request, Response, Server, StatusCode};

pub use answer::Site;
use answer::{Answer, Asked};
pub use stats::{Count, Counts, Stats};

/// Answers under way at a time: browsers open six connections, and each may be made to wait.
const THREADS: usize = 32;

/// Begins to serve; answers come from threads of their own until the process ends. Gives the address.
pub fn start(host: &str, port: u16, latency: Duration, site: &Arc<Site>) -> Result<SocketAddr> {
    let listener = TcpListener::bind((host, port)).with_context(|| {
        format!("cannot listen on {host}:{port}; stop what listens there, or choose with --port (0 takes a free one)")
    })?;
    answer_at_once(&listener);
    let address = listener.local_addr().context("cannot find the own address")?;
    let server =
        Server::from_listener(listener, None).map_err(|error| anyhow!("cannot serve on {address}: {error}"))?;
    let server = Arc::new(server);
    for _ in 0..THREADS {
        let (server, site) = (server.clone(), site.clone());
        thread::spawn(move || {
            for request in server.incoming_requests() {
                thread::sleep(latency);
                respond(request, &site);
            }
        });
    }
    Ok(address)
}

fn respond(request: Request, site: &Site) {
    let header = |name: &'static str| {
        let known = request.headers().iter().find(|header| header.field.equiv(name));
        known.map(|header| header.value.as_str())
    };
    let method = request.method().to_string();
    let answer = site.answer(Asked {
        method: &method,
        url: request.url(),
        if_none_match: header("If-None-Match"),
        accept_encoding: header("Accept-Encoding"),
    });
    // A client that has gone away is no failure.
    let _ = request.respond(response(&answer));
}

fn response(answer: &Answer) -> Response<Cursor<Vec<u8>>> {
    let header = |(name, value): &(&'static str, String)| Header::from_bytes(*name, value.as_str()).ok();
    let headers = answer.headers.iter().filter_map(header).collect();
    let body = Cursor::new(answer.body.to_vec());
    // A length in every answer, as hosts send it; not chunks.
    Response::new(StatusCode(answer.status), headers, body, Some(answer.length), None)
        .with_chunked_threshold(usize::MAX)
}

/// Connections inherit this from the listener. Otherwise the end of a small answer waits for the client's
/// acknowledgement, 40 ms with many systems.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn answer_at_once(listener: &TcpListener) {
    // Where it cannot be had, answers come late, but they come.
    let _ = rustix::net::sockopt::set_tcp_nodelay(listener, true);
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn answer_at_once(_: &TcpListener) {}
