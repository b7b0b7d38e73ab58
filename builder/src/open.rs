//! A build directory to a recaller: plans, reads the files, attaches them. The command line's stand-in for a browser.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use edge_recall::format::idmap::IdFiles;
use edge_recall::format::manifest::ShardRef;
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::shard_name;
use edge_recall::format::{Shard, ShardKind, base64};
use edge_recall::ids::ShardName;
use edge_recall::recaller::Budget;
use edge_recall::{AlignedBytes, Manifest, Recaller, Request};

use crate::builds::path_of;
use crate::visit::visit;

/// A build as it was read, and what the reading cost.
pub struct Opened {
    /// Everything that the request wanted is attached.
    pub recaller: Recaller,
    /// Bytes read, the manifest's among them.
    pub bytes: u64,
    /// Files read, the manifest among them.
    pub requests: u32,
}

/// A build directory whose manifest was read; what rides inside the manifest is attached.
pub struct Folder {
    dir: PathBuf,
    /// Knows what rides inside the manifest.
    pub recaller: Recaller,
    /// Bytes of the manifest.
    pub manifest_bytes: u64,
}

impl Folder {
    /// Reads the manifest of a build.
    pub fn open(dir: &Path) -> Result<Folder> {
        let path = dir.join("recall.json");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("cannot read {}; give the directory that `edge-recall build --out` wrote", path.display())
        })?;
        let shown = || dir.display().to_string();
        let mut recaller = Recaller::new(Manifest::parse(&text).with_context(shown)?).with_context(shown)?;
        recaller.attach_inline().with_context(shown)?;
        Ok(Folder { dir: dir.to_owned(), recaller, manifest_bytes: text.len() as u64 })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads and checks one shard.
    pub fn shard(&self, name: ShardName) -> Result<Shard> {
        let path = self.dir.join(path_of(&name.to_string()));
        let bytes = std::fs::read(&path).with_context(|| {
            format!("cannot read {}; the build is incomplete, build or upload it again", path.display())
        })?;
        let shard = Shard::open(AlignedBytes::copy_of(&bytes)).with_context(|| path.display().to_string())?;
        // A browser takes the host's word for it; here the check costs nothing.
        ensure!(
            shard_name(&bytes) == name,
            "{} does not hold the bytes that it is named after; build or upload it again",
            path.display()
        );
        Ok(shard)
    }

    /// A shard that the manifest names: a file, or text inside the manifest.
    pub fn named(&self, shard: &ShardRef) -> Result<Shard> {
        let Some(text) = &shard.inline else { return self.shard(shard.name) };
        let bytes = base64::decode(text).with_context(|| format!("shard {} is not base64", shard.name))?;
        Shard::open(AlignedBytes::copy_of(&bytes)).with_context(|| format!("shard {}", shard.name))
    }

    /// A recaller with every file of the build: the lists of crowds, too, which only a visitor of whom something is known wants.
    pub fn whole(&self) -> Result<Recaller> {
        let somebody = [("anything".to_owned(), "known".to_owned())].into_iter().collect();
        Ok(self.visited(&Request::recommend(Vec::new()).context(somebody))?.recaller)
    }

    /// A recaller with all that `request` wants.
    pub fn visited(&self, request: &Request) -> Result<Opened> {
        let mut recaller = self.recaller.clone();
        let cost = visit(&mut recaller, request, &mut |file| self.shard(file.name).map(Some))
            .with_context(|| self.dir.display().to_string())?;
        // Who wants all there is wants lists, too, that no history of this request asks for.
        if let Some(lists) = recaller.manifest().crowds.clone().filter(|_| request.budget == Budget::UNLIMITED) {
            recaller.attach_shard(lists.name, &self.named(&lists)?)?;
        }
        let requests = 1 + cost.files.len() as u32;
        Ok(Opened { recaller, bytes: self.manifest_bytes + cost.bytes, requests })
    }
}

/// Opens `dir` and attaches what `request` wants, as often as its plan has rounds.
pub fn open(dir: &Path, request: &Request) -> Result<Opened> {
    Folder::open(dir)?.visited(request)
}

/// Every shard file of a build whose directory is wholly attached, by kind, in the order they should be uploaded: what names
/// others comes after what it names.
pub fn files_of(folder: &Folder, whole: &Recaller) -> Result<Vec<(ShardName, ShardKind)>> {
    let manifest = whole.manifest();
    let mut files = Vec::new();
    for (_, cell) in whole.directory().into_iter().flat_map(|directory| directory.cells()) {
        files.push((cell.vec.name, ShardKind::Vec));
        files.extend(cell.i2i.map(|file| (file.name, ShardKind::I2i)));
        files.extend(cell.card.map(|file| (file.name, ShardKind::Card)));
    }
    let leaves = whole.directory().into_iter().flat_map(|directory| directory.leaves());
    files.extend(leaves.filter(|(leaf, _)| leaf.file.bytes > 0).map(|(leaf, _)| (leaf.file.name, ShardKind::Leaf)));
    if let Some(root) = &manifest.idmap {
        let ids = IdFiles::read(folder.shard(root.name)?.required(SectionKind::IdFiles)?)?;
        files.extend(ids.files.iter().map(|file| (file.name, ShardKind::IdMap)));
    }
    let named: [(Option<&ShardRef>, ShardKind); 4] = [
        (manifest.idmap.as_ref(), ShardKind::IdMap),
        (manifest.crowds.as_ref(), ShardKind::Crowds),
        (Some(&manifest.head), ShardKind::Head),
        (Some(&manifest.dir), ShardKind::Dir),
    ];
    let apart = named.into_iter().filter_map(|(shard, kind)| Some((shard.filter(|s| s.inline.is_none())?.name, kind)));
    files.extend(apart);
    Ok(files)
}
