//! A URL path to a file of the build. Owns which paths may be read at all, their MIME types, kinds and cache rules.

use std::fs;
use std::path::{Path, PathBuf};

use edge_recall::format::ShardKind;
use edge_recall::format::header::MAGIC;
use edge_recall::format::write::shard_name;

use crate::builds::shard_of;

/// A file as it may be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// What it counts as.
    pub kind: &'static str,
    /// Its MIME type.
    pub mime: &'static str,
    /// How long it may be kept.
    pub cache: &'static str,
    /// Its content as a name, without quotes.
    pub tag: String,
    /// Whether gzip makes it smaller.
    pub text: bool,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Why a path is not answered with a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refused {
    /// It is no path that a browser would ask for.
    Malformed,
    /// Nothing stands there that may be read.
    Missing,
}

/// The file that an absolute URL path (without query) stands for.
pub fn find(dir: &Path, path: &str) -> Result<Served, Refused> {
    let name = relative(path)?;
    // Anew each time: a link may point to another build by now.
    let root = dir.canonicalize().map_err(|_| Refused::Missing)?;
    let mut file = root.join(&name).canonicalize().map_err(|_| Refused::Missing)?;
    if file.is_dir() {
        file = file.join("index.html").canonicalize().map_err(|_| Refused::Missing)?;
    }
    // A link inside the build may lead out of it.
    if !file.starts_with(&root) || !file.is_file() {
        return Err(Refused::Missing);
    }
    let bytes = fs::read(&file).map_err(|_| Refused::Missing)?;
    let shard = name.strip_prefix("c").ok().and_then(|name| shard_of(name.to_str()?));
    let (mime, text) = mime(&file);
    Ok(Served {
        kind: kind(&name, &bytes),
        mime,
        cache: match () {
            () if shard.is_some() => "public, max-age=31536000, immutable",
            () if name == Path::new("recall.json") => "public, max-age=60, stale-while-revalidate=86400",
            () => "no-cache",
        },
        tag: shard.unwrap_or_else(|| shard_name(&bytes)).to_string(),
        text,
        bytes,
    })
}

/// The path below the build. Neither a step upward nor a hidden file is ever served.
fn relative(path: &str) -> Result<PathBuf, Refused> {
    let decoded = decode(path).ok_or(Refused::Malformed)?;
    let rest = decoded.strip_prefix('/').ok_or(Refused::Malformed)?;
    let mut name = PathBuf::new();
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains(['\\', ':', '\0']) {
            return Err(Refused::Malformed);
        }
        name.push(part);
    }
    Ok(name)
}

/// `%41` to `A`; nothing where that gives no UTF-8.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| (byte? as char).to_digit(16);
            bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn kind(name: &Path, bytes: &[u8]) -> &'static str {
    let plain = name.to_str().unwrap_or_default();
    match plain {
        "recall.json" => "manifest",
        _ if plain.starts_with("recall") && (plain.ends_with(".js") || plain.ends_with(".wasm")) => "runtime",
        _ => shard_kind(bytes).map_or("other", ShardKind::name),
    }
}

/// The kind that a shard's header gives; nothing where the bytes are no shard of a kind that is known.
pub fn shard_kind(bytes: &[u8]) -> Option<ShardKind> {
    let number = u16::from_le_bytes(bytes.strip_prefix(&MAGIC)?.get(2..4)?.try_into().ok()?);
    ShardKind::ALL.into_iter().find(|kind| *kind as u16 == number)
}

/// MIME type by the name's ending, and whether gzip makes such files smaller.
fn mime(file: &Path) -> (&'static str, bool) {
    match file.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
        "json" => ("application/json; charset=utf-8", true),
        "js" | "mjs" => ("text/javascript; charset=utf-8", true),
        "wasm" => ("application/wasm", true),
        "html" => ("text/html; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "txt" | "md" => ("text/plain; charset=utf-8", true),
        "png" => ("image/png", false),
        "jpg" | "jpeg" => ("image/jpeg", false),
        "webp" => ("image/webp", false),
        "ico" => ("image/x-icon", false),
        _ => ("application/octet-stream", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_build() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("out");
        fs::create_dir(&dir).unwrap();
        fs::write(home.path().join("secret.txt"), "secret").unwrap();
        fs::write(dir.join(".env"), "secret").unwrap();
        fs::write(dir.join("a b.txt"), "open").unwrap();
        assert_eq!(find(&dir, "/a%20b.txt").unwrap().bytes, b"open");
        assert_eq!(find(&dir, "//a%20b.txt").unwrap().mime, "text/plain; charset=utf-8");
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/c/..%2fsecret.txt",
            "/.env",
            "/%2Eenv",
            "/..\\secret.txt",
            "/a%00b",
            "/C:/secret.txt",
            "/%",
            "/%zz",
            "/%ff",
            "secret.txt",
            "",
        ] {
            assert_eq!(find(&dir, path), Err(Refused::Malformed), "{path}");
        }
        for path in ["/", "/nothing", "/a%20b.txt/more"] {
            assert_eq!(find(&dir, path), Err(Refused::Missing), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(home.path().join("secret.txt"), dir.join("link.txt")).unwrap();
            assert_eq!(find(&dir, "/link.txt"), Err(Refused::Missing));
        }
    }

    #[test]
    fn every_file_has_its_kind_type_and_cache_rule() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("c")).unwrap();
        let shard = "c/abcdefghijklmnop.er";
        let mut bytes = MAGIC.to_vec();
        bytes.extend([0, 0, ShardKind::I2i as u8, 0]);
        for (path, content, kind, mime, cache) in [
            ("recall.json", &b"{}"[..], "manifest", "application/json; charset=utf-8", "public, max-age=60"),
            ("recall.wasm", b"\0asm", "runtime", "application/wasm", "no-cache"),
            ("recall.js", b"x", "runtime", "text/javascript; charset=utf-8", "no-cache"),
            (shard, &bytes, "i2i", "application/octet-stream", "public, max-age=31536000, immutable"),
            ("c/qqqqqqqqqqqqqqqq.er", b"junk", "other", "application/octet-stream", "public, max-age=31536000"),
            ("c/notes.er", b"junk", "other", "application/octet-stream", "no-cache"),
            ("index.html", b"<p>", "other", "text/html; charset=utf-8", "no-cache"),
        ] {
            fs::write(home.path().join(path), content).unwrap();
            let served = find(home.path(), &format!("/{path}")).unwrap();
            assert_eq!((served.kind, served.mime, served.bytes.as_slice()), (kind, mime, content), "{path}");
            assert!(served.cache.starts_with(cache), "{path}: {}", served.cache);
        }
        assert_eq!(find(home.path(), &format!("/{shard}")).unwrap().tag, "abcdefghijklmnop");
        assert_eq!(find(home.path(), "/").unwrap().bytes, b"<p>");
    }
}
