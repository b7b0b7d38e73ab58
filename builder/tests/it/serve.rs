//! `serve`: what goes over the wire, and how it begins and ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::logs::{built, checkerboard};
use crate::place::Place;

/// Read by all tests, changed by none.
static BUILT: LazyLock<Place> = LazyLock::new(built);

/// A server that ends with the test.
struct Serving {
    child: Child,
    port: u16,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(options: &str) -> Serving {
    serve_from(&BUILT, options)
}

fn serve_from(place: &Place, options: &str) -> Serving {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edge-recall"))
        .current_dir(place.path("."))
        .args(["serve", "out", "--port", "0", "--json"])
        .args(options.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let port = u16::try_from(told["port"].as_u64().unwrap()).unwrap();
    assert_eq!(told["url"], format!("http://127.0.0.1:{port}/"));
    assert_eq!(told["playground"], format!("http://127.0.0.1:{port}/_playground"));
    Serving { child, port }
}

/// Head and body of an answer.
fn ask(serving: &Serving, line: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
    (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end + 4..].to_vec())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn every_file_comes_as_it_lies_on_the_disk_with_its_length() {
    let serving = serve("");
    for (name, bytes) in BUILT.files("out") {
        let (head, body) = ask(&serving, &format!("GET /{name}"), "");
        assert!(head.starts_with("HTTP/1.1 200 "), "{name}: {head}");
        assert!(body == bytes, "{name}");
        assert_eq!(header(&head, "Content-Length"), Some(bytes.len().to_string().as_str()), "{name}");
        assert_eq!(header(&head, "Access-Control-Allow-Origin"), Some("*"), "{name}");
        let (head, body) = ask(&serving, &format!("HEAD /{name}"), "");
        assert_eq!((header(&head, "Content-Length"), body.len()), (Some(bytes.len().to_string().as_str()), 0));
        let tag = header(&head, "ETag").unwrap();
        let (head, body) = ask(&serving, &format!("GET /{name}"), &format!("If-None-Match: {tag}\r\n"));
        assert!(head.starts_with("HTTP/1.1 304 ") && body.is_empty(), "{name}: {head}");
    }
    let (_, counts) = ask(&serving, "GET /stats", "");
    let counts: Value = serde_json::from_slice(&counts).unwrap();
    let files = BUILT.files("out");
    assert_eq!(counts["total"]["requests"], 3 * files.len());
    assert_eq!(counts["total"]["not_modified"], files.len());
    assert_eq!(counts["total"]["bytes"], files.values().map(Vec::len).sum::<usize>());
    assert_eq!(counts["kinds"]["vec"]["requests"], 3);
}

#[test]
fn nothing_outside_the_build_is_served() {
    let serving = serve("");
    for path in ["/../log.csv", "/c/../../log.csv", "/%2e%2e/log.csv", "/..%2flog.csv", "//../log.csv"] {
        let (head, body) = ask(&serving, &format!("GET {path}"), "");
        assert!(head.starts_with("HTTP/1.1 400 "), "{path}: {head}");
        assert!(!String::from_utf8_lossy(&body).contains("user,item"), "{path}");
    }
    let (head, _) = ask(&serving, "GET /c/aaaaaaaaaaaaaaaa.er", "");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
}

#[test]
fn a_new_build_is_served_at_once_and_the_old_files_stay() {
    let place = built();
    let serving = serve_from(&place, "");
    let (before, old) = (place.files("out"), ask(&serving, "GET /recall.json", ""));
    let tag = header(&old.0, "ETag").unwrap();
    place.file("log.csv", checkerboard(50, 24)).json("build --log log.csv --out out --config recall.toml");
    let (head, body) = ask(&serving, "GET /recall.json", &format!("If-None-Match: {tag}\r\n"));
    assert!(head.starts_with("HTTP/1.1 200 ") && body == place.read("out/recall.json").as_bytes(), "{head}");
    assert_ne!(body, old.1);
    for (name, bytes) in before.iter().filter(|(name, _)| name.starts_with("c/")) {
        assert!(ask(&serving, &format!("GET /{name}"), "").1 == *bytes, "{name}");
    }
}

#[test]
fn a_distant_host_can_be_played() {
    let serving = serve("--latency 300ms --no-gzip");
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| ask(&serving, "GET /recall.json", "Accept-Encoding: gzip\r\n"));
        }
    });
    let took = began.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_millis(1500),
        "six at once, not in turn: {took:?}"
    );
    let (head, _) = ask(&serving, "GET /recall.json", "Accept-Encoding: gzip\r\n");
    assert_eq!(header(&head, "Content-Encoding"), None);
}

#[cfg(unix)]
#[test]
fn an_interruption_ends_it_well() {
    let mut serving = serve("");
    for signal in ["-INT", "-TERM"] {
        Command::new("kill").args([signal, &serving.child.id().to_string()]).status().unwrap();
        assert_eq!(serving.child.wait().unwrap().code(), Some(0), "{signal}");
        serving = serve("");
    }
}

#[test]
fn what_cannot_be_served_is_told() {
    let serving = serve("");
    let message = BUILT.fails(&format!("serve out --port {}", serving.port), 1);
    let expected = format!("error: cannot listen on 127.0.0.1:{}; stop what listens there", serving.port);
    assert!(message.starts_with(&expected), "{message}");
    let message = BUILT.fails("serve nowhere", 1);
    assert!(
        message.contains("nowhere/recall.json; give the directory that `edge-recall build --out` wrote"),
        "{message}"
    );
    assert!(
        BUILT.fails("serve out --host no.such.host.invalid", 1).contains("cannot listen on no.such.host.invalid:8080")
    );
    assert!(BUILT.fails("serve out --latency soon", 2).contains("write 150ms or 0.2s"));
}
