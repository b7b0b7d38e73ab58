//! Tests of `output.rs`: what stands on disk after success, refusal and failure.

use super::*;

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn publish(target: &Path, text: &str) -> Result<()> {
    let out = OutputDir::create(target, SHARDS)?;
    out.write("recall.json", text.as_bytes())?;
    out.write("c/abcdefghijklmnop.er", b"shard")?;
    out.commit()
}

#[test]
fn a_new_directory_appears_whole_and_nothing_else_stays() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("public/recall");
    publish(&target, "one").unwrap();
    assert_eq!(names(&home.path().join("public")), ["recall"]);
    assert_eq!(names(&target), ["c", "recall.json"]);
    assert_eq!(fs::read(target.join("c/abcdefghijklmnop.er")).unwrap(), b"shard");
}

#[test]
fn a_file_of_somebody_else_among_the_shards_is_never_removed() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("recall");
    fs::create_dir_all(target.join("c")).unwrap();
    fs::write(target.join("recall.json"), "{}").unwrap();
    fs::write(target.join("c/notes.txt"), "mine").unwrap();
    let message = OutputDir::create(&target, SHARDS).unwrap_err().to_string();
    assert!(message.contains("holds `c/notes.txt`, which edge-recall did not write"), "{message}");
    assert_eq!(fs::read_to_string(target.join("c/notes.txt")).unwrap(), "mine");
}

#[test]
fn our_own_directory_is_replaced_and_old_files_go() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("recall");
    publish(&target, "one").unwrap();
    fs::write(target.join("c/oldoldoldoldoldo.er"), b"old").unwrap();
    publish(&target, "two").unwrap();
    assert_eq!(fs::read(target.join("recall.json")).unwrap(), b"two");
    assert_eq!(names(&target.join("c")), ["abcdefghijklmnop.er"]);
    assert_eq!(names(home.path()), ["recall"]);
}

#[test]
fn two_renames_do_the_same_as_an_exchange() {
    let home = TempDir::new().unwrap();
    let (work, target) = (home.path().join("work"), home.path().join("target"));
    for (path, text) in [(&work, "new"), (&target, "old")] {
        fs::create_dir(path).unwrap();
        fs::write(path.join("file"), text).unwrap();
    }
    rename_twice(&work, &target).unwrap();
    assert_eq!(fs::read(target.join("file")).unwrap(), b"new");
    assert_eq!(names(home.path()), ["target"]);
}

#[test]
fn an_empty_directory_may_be_used() {
    let home = TempDir::new().unwrap();
    publish(home.path().join(".").as_path(), "one").unwrap();
    assert_eq!(names(home.path()), ["c", "recall.json"]);
}

#[test]
fn a_directory_of_others_is_refused_and_left_alone() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("site");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("index.html"), b"mine").unwrap();
    let message = publish(&target, "one").unwrap_err().to_string();
    assert!(message.contains("is not empty and holds no recall.json"), "{message}");
    fs::write(target.join("recall.json"), b"{}").unwrap();
    let message = publish(&target, "one").unwrap_err().to_string();
    assert!(message.contains("holds `index.html`, which edge-recall did not write"), "{message}");
    assert_eq!(names(&target), ["index.html", "recall.json"]);
    assert_eq!(names(home.path()), ["site"]);
}

#[test]
fn a_file_in_the_way_is_refused() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("recall");
    fs::write(&target, b"file").unwrap();
    let message = publish(&target, "one").unwrap_err().to_string();
    assert!(message.contains("is a file; name a directory"), "{message}");
}

#[test]
fn an_output_that_is_not_committed_leaves_nothing_not_even_its_parents() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("a/b/recall");
    let out = OutputDir::create(&target, SHARDS).unwrap();
    out.write("recall.json", b"half").unwrap();
    assert!(out.path().starts_with(home.path().canonicalize().unwrap().join("a/b")));
    drop(out);
    assert!(names(home.path()).is_empty());
}

#[test]
fn a_failure_leaves_the_old_output_as_it_was() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("recall");
    publish(&target, "one").unwrap();
    let out = OutputDir::create(&target, SHARDS).unwrap();
    out.write("recall.json", b"two").unwrap();
    drop(out);
    assert_eq!(fs::read(target.join("recall.json")).unwrap(), b"one");
    assert_eq!(names(home.path()), ["recall"]);
}

#[test]
fn a_foreign_file_that_appears_during_the_build_stops_the_swap() {
    let home = TempDir::new().unwrap();
    let target = home.path().join("recall");
    publish(&target, "one").unwrap();
    let out = OutputDir::create(&target, SHARDS).unwrap();
    out.write("recall.json", b"two").unwrap();
    fs::write(target.join("notes.txt"), b"mine").unwrap();
    let message = out.commit().unwrap_err().to_string();
    assert!(message.contains("`notes.txt`"), "{message}");
    assert_eq!(names(&target), ["c", "notes.txt", "recall.json"]);
    assert_eq!(names(home.path()), ["recall"]);
}

#[cfg(unix)]
#[test]
fn the_output_may_be_read_by_a_web_server() {
    use std::os::unix::fs::PermissionsExt;
    let home = TempDir::new().unwrap();
    let target = home.path().join("recall");
    publish(&target, "one").unwrap();
    let plain = home.path().join("plain");
    fs::create_dir(&plain).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&target), mode(&plain));
}

#[cfg(unix)]
#[test]
fn a_link_keeps_pointing_where_it_did() {
    let home = TempDir::new().unwrap();
    let (real, link) = (home.path().join("real"), home.path().join("link"));
    publish(&real, "one").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    publish(&link, "two").unwrap();
    assert_eq!(fs::read(real.join("recall.json")).unwrap(), b"two");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn patterns_match_whole_names() {
    assert!(matches("recall*.js", "recall.js") && matches("recall*.js", "recall-slim.js"));
    assert!(!matches("recall*.js", "recalljs") && !matches("recall*.js", "my-recall.js"));
    assert!(matches("c", "c") && !matches("c", "cc"));
}
