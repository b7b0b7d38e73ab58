//! What was learnt to shards and a manifest. Owns which section goes where; the bytes are `edge_recall::format`'s, and
//! nothing touches the disk here.

use anyhow::{Context, Result, ensure};
use edge_recall::candidate::Candidate;
use edge_recall::format::cells::{CellFile, CentroidCode};
use edge_recall::format::codes::{Code, Metric, encode_f16, encode_int8};
use edge_recall::format::crowds::{Crowd, crowd_key};
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::manifest::{AttributeSpec, CrowdSpec, Manifest, ShardRef, TableSpec, TowerSpec, VectorSpec};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::{ShardWriter, identity, shard_name};
use edge_recall::format::{ShardKind, attribute, base64, cells, crowds, gram, keys, rows};
use edge_recall::ids::{BuildId, ChannelId, Epoch, Model, Ordinal, ShardName};
use edge_recall::{AlignedBytes, Recaller};

use crate::learn::Learned;
use crate::model::{I2iTable, Interactions, ItemVectors};
use crate::numbering::Numbering;
use crate::recipe::Recipe;
use crate::typed::TypedColumn;

/// Shards up to this size ride inside the manifest: a request costs more than the third that base64 adds.
const INLINE_BYTES: usize = 2048;

/// Most attribute columns: a shard has 64 sections, and keys, codes and scales take one each.
pub const MAX_COLUMNS: usize = 61;

/// One build, ready to be written or to be run.
#[derive(Clone, Debug)]
pub struct Packed {
    /// `recall.json`.
    pub manifest: Manifest,
    /// Files under `c/`, by kind in the order they are read.
    pub files: Vec<(ShardName, ShardKind, Vec<u8>)>,
}

impl Packed {
    /// A recaller with every file attached: the very bytes that would ship.
    pub fn attach(&self) -> Result<Recaller> {
        let mut recaller = Recaller::new(self.manifest.clone())?;
        recaller.attach_inline()?;
        for (name, _, bytes) in &self.files {
            recaller.attach(*name, AlignedBytes::copy_of(bytes))?;
        }
        Ok(recaller)
    }

    /// Bytes of manifest and files together: what a byte budget counts.
    pub fn bytes(&self) -> u64 {
        let files: u64 = self.files.iter().map(|(_, _, bytes)| bytes.len() as u64).sum();
        files + self.manifest_text().len() as u64
    }

    /// The content of `recall.json`.
    pub fn manifest_text(&self) -> String {
        format!("{}\n", self.manifest.to_json())
    }
}

/// Packs a build of at least one item.
pub fn pack(log: &Interactions, columns: &[TypedColumn], learned: &Learned, recipe: &Recipe) -> Result<Packed> {
    let numbering = Numbering::by_popularity(log);
    ensure!(!numbering.rows.is_empty(), "there are no items to publish");
    Packer { log, columns, learned, recipe, numbering }.pack()
}

struct Packer<'a> {
    log: &'a Interactions,
    columns: &'a [TypedColumn],
    learned: &'a Learned,
    recipe: &'a Recipe,
    numbering: Numbering,
}

/// The vectors of one cell as they will be stored.
struct CellCodes {
    centroid: CentroidCode,
    codes: Vec<u8>,
    scales: Option<Vec<u8>>,
}

impl Packer<'_> {
    fn pack(&self) -> Result<Packed> {
        let cell_codes: Vec<Option<CellCodes>> = (0..self.numbering.cells.len())
            .map(|cell| self.learned.vectors.as_ref().map(|v| self.codes(v, cell)))
            .collect();
        let items = self.numbering.rows.len() as u32;
        let (epoch, model) = (self.epoch(&cell_codes), self.model(&cell_codes));
        let header = |kind, cell, base, count| Header { kind, epoch, model, cell, base, count };
        let (mut files, mut entries) = (Vec::new(), Vec::new());
        for (cell, (range, codes)) in (0u32..).zip(self.numbering.cells.iter().zip(cell_codes)) {
            let count = range.end - range.start;
            let vec = self.vec_shard(header(ShardKind::Vec, cell, range.start, count), range, codes.as_ref());
            let vec = add(&mut files, ShardKind::Vec, vec)?;
            let i2i = self.i2i_shard(header(ShardKind::I2i, cell, range.start, count), range);
            let i2i = add(&mut files, ShardKind::I2i, i2i)?;
            entries.push((count, vec, Some(i2i), codes.map(|codes| codes.centroid).unwrap_or_default()));
        }
        let dim = self.dim();
        let dir = ShardWriter::new(header(ShardKind::Dir, NO_CELL, 0, items)).section(
            SectionKind::Cells,
            0,
            entries.len() as u32,
            cells::encode(dim, &entries),
        );
        let mut manifest = self.manifest(epoch, model, items);
        manifest.dir = refer(&mut files, ShardKind::Dir, dir)?;
        // The Gram matrix is that of the vectors as readers will decode them; a recaller over the files knows those.
        manifest.head =
            refer(&mut Vec::new(), ShardKind::Head, self.head(header(ShardKind::Head, NO_CELL, 0, items), None))?;
        let draft = Packed { manifest: manifest.clone(), files: files.clone() }.attach()?;
        let gram = self.learned.vectors.as_ref().map(|_| gram_of(&draft, dim));
        manifest.head =
            refer(&mut files, ShardKind::Head, self.head(header(ShardKind::Head, NO_CELL, 0, items), gram))?;
        manifest.build = BuildId(identity([manifest.to_json().as_bytes()]));
        files.sort_by_key(|(_, kind, _)| *kind);
        Ok(Packed { manifest, files })
    }

    fn dim(&self) -> usize {
        self.learned.vectors.as_ref().map_or(0, |vectors| vectors.dim)
    }

    /// Identity of numbering and centroids.
    fn epoch(&self, codes: &[Option<CellCodes>]) -> Epoch {
        let centroids = codes.iter().flatten().map(|cell| centroid_bytes(&cell.centroid)).collect::<Vec<_>>();
        let keys = self.numbering.rows.iter().map(|&row| self.log.items[row as usize].as_bytes());
        Epoch(identity(keys.chain(centroids.iter().map(Vec::as_slice))))
    }

    /// Identity of the vector space.
    fn model(&self, codes: &[Option<CellCodes>]) -> Model {
        let parts = codes.iter().flatten().flat_map(|cell| [Some(&cell.codes), cell.scales.as_ref()]);
        Model(identity(parts.flatten().map(Vec::as_slice)))
    }

    fn codes(&self, vectors: &ItemVectors, cell: usize) -> CellCodes {
        let range = &self.numbering.cells[cell];
        let picked = &self.numbering.rows[range.start as usize..range.end as usize];
        let rows: Vec<f32> = picked.iter().flat_map(|&row| vectors.row(row as usize)).copied().collect();
        let mut centroid = vec![0f32; vectors.dim];
        // An item that nobody met has a vector of zeros, which a residual to zero alone restores exactly: whatever else
        // quantisation left there, some visitors' scores would be above zero.
        let nobody = |row: &[f32]| row.iter().all(|&x| x == 0.0);
        let all_met = !rows.chunks_exact(vectors.dim).any(nobody);
        for row in rows.chunks_exact(vectors.dim).filter(|_| all_met) {
            centroid.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / picked.len() as f32);
        }
        let centroid = CentroidCode::of(&centroid);
        match self.recipe.code {
            Code::F16 => CellCodes { codes: encode_f16(Metric::Dot, vectors.dim, &rows), scales: None, centroid },
            Code::Int8 => {
                let (codes, scales) = encode_int8(Metric::Dot, &centroid.decoded(), &rows);
                CellCodes { codes, scales: Some(scales), centroid }
            }
        }
    }

    fn vec_shard(&self, header: Header, range: &std::ops::Range<u32>, codes: Option<&CellCodes>) -> ShardWriter {
        let count = header.count;
        let names: Vec<&String> = self.numbering.pick(range, &self.log.items).collect();
        let mut shard = ShardWriter::new(header).section(SectionKind::Keys, 0, count, keys::encode(&names));
        let rows = &self.numbering.rows[range.start as usize..range.end as usize];
        for (instance, column) in (0u16..).zip(self.columns) {
            let bytes = attribute::encode(&column.column(rows.iter()));
            shard = shard.section(SectionKind::Attribute, instance, count, bytes);
        }
        if let Some(codes) = codes {
            shard = shard.section(SectionKind::Codes, 0, count, codes.codes.clone());
            if let Some(scales) = &codes.scales {
                shard = shard.section(SectionKind::Scales, 0, count, scales.clone());
            }
        }
        shard
    }

    fn tables(&self) -> impl Iterator<Item = (TableSpec, &I2iTable)> {
        let serving = &self.recipe.serving;
        let i2i = (TableSpec { channel: ChannelId::I2i, triggers: serving.i2i }, &self.learned.i2i);
        let next = self
            .learned
            .next
            .as_ref()
            .map(|table| (TableSpec { channel: ChannelId::Next, triggers: serving.next }, table));
        [i2i].into_iter().chain(next)
    }

    fn i2i_shard(&self, header: Header, range: &std::ops::Range<u32>) -> ShardWriter {
        let mut shard = ShardWriter::new(header);
        for (instance, (_, table)) in (0u16..).zip(self.tables()) {
            let renumber = |row: &Vec<(u32, f32)>| -> Vec<(u32, f32)> {
                row.iter()
                    .take(rows::MAX_TARGETS)
                    .map(|&(item, weight)| (self.numbering.ordinals[item as usize], weight))
                    .collect()
            };
            let renumbered: Vec<Vec<(u32, f32)>> = self.numbering.pick(range, &table.rows).map(renumber).collect();
            shard = shard.section(SectionKind::Rows, instance, header.count, rows::encode(range.start, &renumbered));
        }
        shard
    }

    fn head(&self, header: Header, gram: Option<Vec<f32>>) -> ShardWriter {
        let crowd = |list: &crate::model::CrowdList| Crowd {
            key: crowd_key(list.key.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            users: list.users,
            items: list
                .items
                .iter()
                .map(|&(item, score)| Candidate { item: Ordinal(self.numbering.ordinals[item as usize]), score })
                .collect(),
        };
        let lists: Vec<Crowd> = self.learned.crowds.iter().map(crowd).collect();
        let shard =
            ShardWriter::new(header).section(SectionKind::Crowds, 0, lists.len() as u32, crowds::encode(&lists));
        match gram {
            Some(gram) => shard.section(SectionKind::Gram, 0, self.dim() as u32, gram::encode(self.dim(), &gram)),
            None => shard,
        }
    }

    /// The manifest without its build id and with placeholders for head and directory.
    fn manifest(&self, epoch: Epoch, model: Model, items: u32) -> Manifest {
        let serving = &self.recipe.serving;
        let nowhere = ShardRef { name: ShardName::NONE, bytes: 0, inline: None };
        let vectors = self.learned.vectors.as_ref();
        let spec = vectors.map(|v| VectorSpec { dim: v.dim as u32, metric: Metric::Dot, code: self.recipe.code });
        Manifest {
            format: Manifest::current_format(),
            build: BuildId(0),
            epoch,
            model,
            items,
            head: nowhere.clone(),
            dir: nowhere,
            vectors: spec,
            tower: vectors.map(|_| TowerSpec { kind: serving.tower, triggers: serving.u2i }),
            tables: self.tables().map(|(spec, _)| spec).collect(),
            attributes: self.columns.iter().map(|c| AttributeSpec { name: c.name.clone(), kind: c.kind }).collect(),
            crowd: CrowdSpec { keys: self.recipe.crowd.keys.clone() },
            fusion: serving.fusion.clone(),
            events: self.recipe.events.clone(),
        }
    }
}

/// Lower triangle of `Σ y yᵀ` over the decoded vectors, summed in `f64` in order of ordinals.
fn gram_of(recaller: &Recaller, dim: usize) -> Vec<f32> {
    let mut sums = vec![0f64; dim * (dim + 1) / 2];
    for item in 0..recaller.manifest().items {
        let Some(vector) = recaller.embeddings().vector(Ordinal(item)) else { continue };
        let mut sums = sums.iter_mut();
        for (row, &y) in vector.iter().enumerate() {
            for (&x, sum) in vector[..=row].iter().zip(&mut sums) {
                *sum += f64::from(y) * f64::from(x);
            }
        }
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

fn centroid_bytes(centroid: &CentroidCode) -> Vec<u8> {
    let codes = centroid.codes.iter().map(|&code| code.cast_unsigned());
    centroid.scale.to_le_bytes().into_iter().chain(codes).collect()
}

type Files = Vec<(ShardName, ShardKind, Vec<u8>)>;

fn add(files: &mut Files, kind: ShardKind, shard: ShardWriter) -> Result<CellFile> {
    let bytes = shard.finish().context("a shard would pass 4 GiB; build a smaller catalogue")?;
    let file = CellFile { name: shard_name(&bytes), bytes: bytes.len() as u32 };
    files.push((file.name, kind, bytes));
    Ok(file)
}

/// Adds a shard as a file, or as text inside the manifest where it is small.
fn refer(files: &mut Files, kind: ShardKind, shard: ShardWriter) -> Result<ShardRef> {
    let file = add(files, kind, shard)?;
    let inline = files.pop_if(|(_, _, bytes)| bytes.len() <= INLINE_BYTES).map(|(_, _, bytes)| base64::encode(&bytes));
    Ok(ShardRef { name: file.name, bytes: file.bytes, inline })
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
