//! Relative links of the Markdown pages lead to files that exist. Addresses on the web are not visited.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::paths::Paths;

pub fn check(paths: &Paths) -> Result<Option<String>> {
    let mut broken = Vec::new();
    for page in super::files(paths)?
        .iter()
        .filter(|file| file.ends_with(".md"))
    {
        let text = std::fs::read_to_string(paths.at(page))
            .with_context(|| format!("cannot read {page}"))?;
        let folder = Path::new(page).parent().unwrap_or(Path::new(""));
        for (line, target) in relative_links(&text) {
            if !paths.root.join(folder).join(target).exists() {
                broken.push(format!("{page}:{line}: {target} does not exist"));
            }
        }
    }
    if broken.is_empty() {
        Ok(None)
    } else {
        bail!("{}", broken.join("\n"))
    }
}

/// `(line, path)` of each inline link to a file, outside of code.
fn relative_links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let ends = line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split_once(')'));
            let targets = ends.map(|(target, _)| target.split('#').next().unwrap_or(target));
            let files = targets.filter(|target| !target.is_empty() && !is_address(target));
            links.extend(files.map(|target| (number + 1, target)));
        }
    }
    links
}

fn is_address(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

#[cfg(test)]
mod tests {
    use super::relative_links;

    #[test]
    fn finds_files_and_leaves_addresses_anchors_and_code() {
        let page = "[a](docs/A.md) [b](https://b.example/) [`c`](../c.md#part) [d](#d)\n```\n[e](e.md)\n```\n[f](f.md)";
        assert_eq!(
            relative_links(page),
            [(1, "docs/A.md"), (1, "../c.md"), (5, "f.md")]
        );
    }
}
