//! Tests of `upload.rs`: what goes up, what goes, in which order.

use edge_recall::format::ShardKind;
use edge_recall::format::header::MAGIC;
use edge_recall::ids::{BuildId, ShardName};
use tempfile::TempDir;

use super::*;

fn name(file: u8) -> ShardName {
    ShardName([file; 10])
}

fn build(id: u64, files: &[u8]) -> Build {
    Build::new(BuildId(id), files.iter().map(|&file| name(file)))
}

/// A directory with these builds, newest first. File 0 is a directory of cells, 1 a head, all others are vectors.
fn published(builds: &[Build]) -> TempDir {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("c")).unwrap();
    for file in builds.iter().flat_map(|build| &build.files) {
        let kind = match ShardName::parse(file).unwrap().0[0] {
            0 => ShardKind::Dir,
            1 => ShardKind::Head,
            _ => ShardKind::Vec,
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend([0, 0, kind as u8, 0, 7, 7, 7]);
        fs::write(home.path().join(path_of(file)), bytes).unwrap();
    }
    let manifest = format!("{{\"build\":\"{}\"}}", builds[0].build);
    for (file, text) in [
        ("recall.json", manifest.as_str()),
        ("builds.json", &builds::text(builds).unwrap()),
        ("_headers", "rules"),
        ("recall.js", "js"),
        ("recall.wasm", "wasm"),
        ("notes.txt", "somebody's"),
    ] {
        fs::write(home.path().join(file), text).unwrap();
    }
    home
}

const FIXED: [&str; 5] = ["recall.js", "recall.wasm", "_headers", "builds.json", "recall.json"];

fn paths(plan: &Plan) -> Vec<String> {
    plan.upload.iter().map(|file| file.path.clone()).collect()
}

fn expected(shards: &[u8]) -> Vec<String> {
    let shards = shards.iter().map(|&file| path_of(&name(file).to_string()));
    shards.chain(FIXED.map(str::to_owned)).collect()
}

#[test]
fn a_file_comes_after_everything_that_it_names_and_the_manifest_last() {
    let home = published(&[build(9, &[0, 1, 2, 5]), build(8, &[4])]);
    let plan = plan(home.path(), None, 3).unwrap();
    assert_eq!(paths(&plan), expected(&[2, 4, 5, 0, 1]));
    assert_eq!((plan.delete.len(), plan.files_afterwards), (0, 10));
    let kinds: Vec<&str> = plan.upload.iter().map(|file| file.kind).collect();
    assert_eq!(kinds[2..], ["vec", "dir", "head", "runtime", "runtime", "headers", "record", "manifest"]);
    let on_disk = plan.upload.iter().map(|file| fs::metadata(home.path().join(&file.path)).unwrap().len());
    assert_eq!(plan.bytes, on_disk.sum::<u64>());
}

#[test]
fn only_new_files_go_up_and_only_forgotten_ones_go() {
    let home = published(&[build(9, &[0, 2, 5]), build(8, &[2, 4]), build(7, &[3])]);
    let on_host = vec![build(8, &[2, 4]), build(7, &[3]), build(6, &[4, 6]), build(5, &[2, 7])];
    let plan = plan(home.path(), Some(on_host), 3).unwrap();
    assert_eq!(paths(&plan), expected(&[5, 0]));
    // In order of their names, which is not that of their bytes.
    assert_eq!(plan.delete, [7, 6].map(|file| path_of(&name(file).to_string())));
    assert_eq!(plan.record, builds::read(home.path()).unwrap());
    assert_eq!(plan.files_afterwards, 5 + FIXED.len());
}

/// As after a build into an empty folder: the host knows more than the directory.
#[test]
fn what_the_host_remembers_counts() {
    let home = published(&[build(9, &[0, 2])]);
    let on_host = vec![build(8, &[2, 4]), build(7, &[3]), build(6, &[6])];
    let plan = plan(home.path(), Some(on_host.clone()), 3).unwrap();
    assert_eq!(paths(&plan), expected(&[0]));
    assert_eq!(plan.delete, [path_of(&name(6).to_string())]);
    assert_eq!(plan.record, [build(9, &[0, 2]), on_host[0].clone(), on_host[1].clone()]);
}

/// A build that was made and never published: the record must not promise files that the host lacks.
#[test]
fn builds_between_go_up_with_the_newest() {
    let home = published(&[build(9, &[2, 5]), build(8, &[2, 4]), build(7, &[3])]);
    let plan = plan(home.path(), Some(vec![build(7, &[3])]), 3).unwrap();
    assert_eq!(paths(&plan), expected(&[2, 4, 5]));
    let again = super::plan(home.path(), Some(plan.record), 3).unwrap();
    assert_eq!((paths(&again), again.delete.len()), (expected(&[]), 0), "nothing is left to do");
}

#[test]
fn an_incomplete_build_is_refused() {
    let home = published(&[build(9, &[2, 5])]);
    let lost = home.path().join(path_of(&name(5).to_string()));
    fs::write(&lost, "<!doctype html>").unwrap();
    assert!(plan(home.path(), None, 3).unwrap_err().to_string().contains("is not a shard; build again"));
    fs::remove_file(&lost).unwrap();
    assert!(plan(home.path(), None, 3).unwrap_err().to_string().contains("the build is incomplete, build again"));
    assert_eq!(paths(&plan(home.path(), Some(vec![build(8, &[5])]), 3).unwrap()), expected(&[2]), "the host has it");
}
