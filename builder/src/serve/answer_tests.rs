//! Tests of `answer.rs`: what a client gets for what it asks.

use std::fs;
use std::io::Read;

use flate2::read::GzDecoder;
use tempfile::TempDir;

use super::*;

fn site(gzip: bool, counts_are_open: bool) -> (TempDir, Site) {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("recall.json"), format!("{{\"x\":\"{}\"}}", "long ".repeat(200))).unwrap();
    fs::create_dir(home.path().join("c")).unwrap();
    fs::write(home.path().join("c/abcdefghijklmnop.er"), "shard ".repeat(200)).unwrap();
    let site = Site::new(home.path().to_owned(), gzip, counts_are_open);
    (home, site)
}

fn get(url: &str) -> Asked<'_> {
    Asked { method: "GET", url, ..Asked::default() }
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

#[test]
fn text_is_compressed_for_those_who_take_it_and_shards_never() {
    let (home, site) = site(true, true);
    let plain = site.answer(get("/recall.json"));
    let zipped = site.answer(Asked { accept_encoding: Some("br, gzip;q=0.5"), ..get("/recall.json") });
    assert_eq!((header(&zipped, "Content-Encoding"), header(&zipped, "Vary")), (Some("gzip"), Some("Accept-Encoding")));
    assert_eq!((header(&plain, "Content-Encoding"), header(&plain, "Vary")), (None, Some("Accept-Encoding")));
    assert!(zipped.body.len() * 5 < plain.body.len());
    let mut text = Vec::new();
    GzDecoder::new(&zipped.body[..]).read_to_end(&mut text).unwrap();
    assert_eq!(text, fs::read(home.path().join("recall.json")).unwrap());
    assert_ne!(header(&zipped, "ETag"), header(&plain, "ETag"));
    let shard = site.answer(Asked { accept_encoding: Some("gzip"), ..get("/c/abcdefghijklmnop.er") });
    assert_eq!((header(&shard, "Content-Encoding"), shard.body.len()), (None, 1200));
    for refusing in ["br", "gzip;q=0", "identity", ""] {
        let answer = site.answer(Asked { accept_encoding: Some(refusing), ..get("/recall.json") });
        assert_eq!(answer.body, plain.body, "{refusing}");
    }
    let (_home, off) = self::site(false, true);
    let answer = off.answer(Asked { accept_encoding: Some("gzip"), ..get("/recall.json") });
    assert_eq!((answer.body.len(), header(&answer, "Vary")), (plain.body.len(), None));
}

#[test]
fn who_has_it_is_told_so() {
    let (home, site) = site(true, true);
    for accept_encoding in [None, Some("gzip")] {
        let first = site.answer(Asked { accept_encoding, ..get("/recall.json") });
        let tag = header(&first, "ETag").unwrap();
        for known in [tag, &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
            let again = site.answer(Asked { accept_encoding, if_none_match: Some(known), ..get("/recall.json") });
            assert_eq!((again.status, again.body.len(), header(&again, "ETag")), (304, 0, Some(tag)), "{known}");
            assert!(header(&again, "Cache-Control").is_some_and(|rule| rule.contains("max-age=60")));
        }
        let other = site.answer(Asked { accept_encoding, if_none_match: Some("\"other\""), ..get("/recall.json") });
        assert_eq!(other.status, 200);
    }
    let tag = header(&site.answer(get("/recall.json")), "ETag").unwrap().to_owned();
    fs::write(home.path().join("recall.json"), "{}").unwrap();
    assert_eq!(site.answer(Asked { if_none_match: Some(&tag), ..get("/recall.json") }).status, 200, "a new build");
}

#[test]
fn what_a_visit_costs_is_counted_by_kind() {
    let (_home, site) = site(true, true);
    site.answer(get("/c/abcdefghijklmnop.er"));
    site.answer(Asked { method: "HEAD", ..get("/c/abcdefghijklmnop.er") });
    let zipped = site.answer(Asked { accept_encoding: Some("gzip"), ..get("/recall.json?x") });
    let tag = header(&zipped, "ETag").unwrap();
    site.answer(Asked { accept_encoding: Some("gzip"), if_none_match: Some(tag), ..get("/recall.json") });
    for lost in ["/nothing", "/../etc/passwd"] {
        site.answer(get(lost));
    }
    for apart in ["/stats", "/_playground", "/"] {
        site.answer(get(apart));
    }
    let counts = site.stats.read();
    assert_eq!(counts.kinds["other"], Count { requests: 2, bytes: 1200, raw: 1200, not_modified: 0 });
    let sent = zipped.body.len() as u64;
    assert_eq!(counts.kinds["manifest"], Count { requests: 2, bytes: sent, raw: 1008, not_modified: 1 });
    assert_eq!(counts.kinds["missing"].requests, 2);
    assert_eq!((counts.total.requests, counts.total.bytes), (6, 1200 + sent));
    let told = |answer: Answer| serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap();
    assert_eq!(told(site.answer(get("/stats?reset")))["total"]["requests"], 6);
    assert_eq!(told(site.answer(get("/stats")))["total"]["requests"], 0);
    site.answer(get("/recall.json"));
    assert_eq!(told(site.answer(Asked { method: "POST", ..get("/stats/reset") }))["kinds"]["manifest"]["requests"], 1);
    assert_eq!(site.stats.read(), Default::default());
}

#[test]
fn methods_and_addresses_outside_the_contract_are_answered_plainly() {
    let (_home, site) = site(true, false);
    for (method, url, status) in [
        ("GET", "/", 302),
        ("GET", "/_playground", 200),
        ("GET", "/nothing", 404),
        ("GET", "/%2e%2e/secret", 400),
        ("POST", "/recall.json", 405),
        ("DELETE", "/c/abcdefghijklmnop.er", 405),
        ("OPTIONS", "/recall.json", 204),
        ("GET", "/stats", 403),
        ("POST", "/stats/reset", 403),
    ] {
        let answer = site.answer(Asked { method, url, ..Asked::default() });
        assert_eq!(answer.status, status, "{method} {url}");
        assert_eq!(header(&answer, "Access-Control-Allow-Origin"), Some("*"), "{method} {url}");
    }
    let head = site.answer(Asked { method: "HEAD", ..get("/recall.json") });
    assert_eq!((head.status, head.length, head.body.len()), (200, 1008, 0));
}

#[test]
fn the_playground_asks_nobody_else() {
    for foreign in ["http://", "https://", "src=\"//", "@import"] {
        assert!(!PLAYGROUND.contains(foreign), "{foreign}");
    }
    assert!(PLAYGROUND.contains("--runtime dist/recall"), "it says what to do without a runtime");
}
