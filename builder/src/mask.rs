//! Items that must not be shown for now. Owns which files of a build say so, and their new bytes; vectors and rows stay.

use anyhow::{Context, Result, bail, ensure};
use edge_recall::Recaller;
use edge_recall::format::cells::{CellFile, CentroidCode};
use edge_recall::format::leaves::{self, LeafEntry};
use edge_recall::format::manifest::{Manifest, ShardRef};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::{ShardWriter, shard_name};
use edge_recall::format::{Shard, ShardKind, crowds, ordinals};
use edge_recall::ids::{Ordinal, ShardName};

use crate::builds::path_of;
use crate::open::{Folder, files_of};
use crate::pack::{Memory, Packed, Sink, refer, sealed};

/// A build with another mask.
pub struct Masked {
    /// Its manifest, and the files that the build before does not have.
    pub packed: Packed,
    /// Every shard of it.
    pub shards: Vec<ShardName>,
}

/// Replaces the mask of a build, whose leaves are all attached to `whole`, by `items`, ascending.
pub fn mask(folder: &Folder, whole: &Recaller, items: &[Ordinal]) -> Result<Masked> {
    let before: Vec<ShardName> = files_of(folder, whole)?.into_iter().map(|(name, _)| name).collect();
    check_files(folder, whole)?;
    let sink = Memory::default();
    let mut manifest = whole.manifest().clone();
    let mut gone: Vec<ShardName> = Vec::new();
    manifest.dir = mask_directory(folder, whole, items, &sink, &mut gone)?;
    let lists = |shard: &ShardRef| -> Result<ShardWriter> {
        let shard = folder.named(shard)?;
        let listed = listed(&shard, &manifest)?;
        let own: Vec<Ordinal> = items.iter().copied().filter(|item| listed.binary_search(item).is_ok()).collect();
        rewritten(&shard, None, &own)
    };
    let head = refer(&sink, ShardKind::Head, lists(&manifest.head)?, true)?;
    let others =
        manifest.crowds.as_ref().map(|shard| refer(&sink, ShardKind::Crowds, lists(shard)?, false)).transpose()?;
    let replaced = [Some(&manifest.head), manifest.crowds.as_ref(), Some(&whole.manifest().dir)];
    gone.extend(replaced.into_iter().flatten().map(|shard| shard.name));
    (manifest.head, manifest.crowds) = (head, others);
    let mut packed = sink.packed(sealed(manifest)?);
    let mut shards: Vec<ShardName> = before.iter().copied().filter(|name| !gone.contains(name)).collect();
    shards.extend(packed.files.iter().map(|(name, _, _)| *name));
    shards.sort_unstable();
    packed.files.retain(|(name, _, _)| !before.contains(name));
    Ok(Masked { packed, shards })
}

/// The directory with its mask, or that of its leaves. Leaves that are replaced are told in `gone`.
fn mask_directory(
    folder: &Folder,
    whole: &Recaller,
    items: &[Ordinal],
    sink: &Memory,
    gone: &mut Vec<ShardName>,
) -> Result<ShardRef> {
    let manifest = whole.manifest();
    let directory = whole.directory().context("the build has no directory")?;
    let root = folder.named(&manifest.dir)?;
    if root.section(SectionKind::Leaves, 0).is_none() {
        return refer(sink, ShardKind::Dir, rewritten(&root, None, items)?, true);
    }
    let mut entries = Vec::new();
    for (leaf, _) in directory.leaves() {
        let shard = folder.shard(leaf.file.name)?;
        let from = items.partition_point(|item| item.0 < leaf.base);
        let to = items.partition_point(|item| item.0 < leaf.base + leaf.items);
        let bytes = rewritten(&shard, None, &items[from..to])?.finish().context("a leaf would pass 4 GiB")?;
        let mut file = CellFile { name: shard_name(&bytes), bytes: bytes.len() as u32 };
        if file.name != leaf.file.name {
            gone.push(leaf.file.name);
            file = sink.put(ShardKind::Leaf, bytes)?;
        }
        let centroid = CentroidCode::restored(&leaf.centroid);
        entries.push(LeafEntry { items: leaf.items, cells: leaf.cells, file, centroid });
    }
    let named = leaves::encode(manifest.dim(), &entries);
    refer(sink, ShardKind::Dir, rewritten(&root, Some((SectionKind::Leaves, named)), &[])?, true)
}

/// The items of a shard's crowd lists, ascending.
fn listed(shard: &Shard, manifest: &Manifest) -> Result<Vec<Ordinal>> {
    let Some(section) = shard.section(SectionKind::Crowds, 0) else { return Ok(Vec::new()) };
    let lists = crowds::read(section, manifest.items)?;
    let mut items: Vec<Ordinal> = lists.iter().flat_map(|list| &list.items).map(|listed| listed.item).collect();
    items.sort_unstable();
    items.dedup();
    Ok(items)
}

/// A shard with this mask instead of its own, none where it is empty, and perhaps with another body of one section.
fn rewritten(shard: &Shard, replaced: Option<(SectionKind, Vec<u8>)>, mask: &[Ordinal]) -> Result<ShardWriter> {
    let mut writer = ShardWriter::new(*shard.header());
    for section in shard.sections() {
        let Some(kind) = section.kind else {
            bail!("a {} shard holds what this edge-recall does not know; update it", shard.header().kind.name());
        };
        let other = replaced.as_ref().filter(|(replaced, _)| *replaced == kind).map(|(_, body)| body.clone());
        if kind != SectionKind::Mask {
            let body = other.unwrap_or_else(|| section.bytes.to_vec());
            writer = writer.section(kind, section.instance, section.count, body);
        }
    }
    Ok(match mask {
        [] => writer,
        _ => {
            let body = ordinals::encode_mask(shard.header().base, mask);
            writer.section(SectionKind::Mask, 0, mask.len() as u32, body)
        }
    })
}

/// Refuses a build that lacks a file of a cell, or whose file was cut: it must not pass for a new one.
fn check_files(folder: &Folder, whole: &Recaller) -> Result<()> {
    let cells = whole.directory().into_iter().flat_map(|directory| directory.cells());
    for file in cells.flat_map(|(_, cell)| [Some(cell.vec), cell.i2i, cell.card]).flatten() {
        let path = folder.dir().join(path_of(&file.name.to_string()));
        let incomplete =
            || format!("cannot read {}; the build is incomplete, build or upload it again", path.display());
        let length = std::fs::metadata(&path).with_context(incomplete)?.len();
        ensure!(
            length == u64::from(file.bytes),
            "{} is {length} bytes long and should have {}; build or upload it again",
            path.display(),
            file.bytes
        );
    }
    Ok(())
}
