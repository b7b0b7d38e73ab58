//! Index files of strangers: opened, their links read, and asked. An error is a fine answer; a panic, a hang or gigabytes are not.
//!
//! Random bytes never pass a checksum, so the second way in exchanges bytes inside a section of a sound file and signs it again.
#![no_main]

use std::sync::OnceLock;

use arbitrary::Arbitrary;
use edge_recall::AlignedBytes;
use edge_recall::format::bytes::put_varint;
use edge_recall::format::codes::{self, Code, Metric};
use edge_recall::format::graph::{LINKS, NO_LINK};
use edge_recall::format::header::{Header, NO_CELL};
use edge_recall::format::partition::{self, Partition};
use edge_recall::format::section::SectionKind;
use edge_recall::format::write::ShardWriter;
use edge_recall::format::ShardKind;
use edge_recall::ids::{Epoch, Model, Ordinal};
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::{CellSearch, ExactScan, Probed};
use edge_recall::index::hnsw::{Graph, GraphIndex};
use edge_recall::store::vectors::VectorStore;
use libfuzzer_sys::fuzz_target;

const DIM: usize = 5;
const ROWS: u32 = 7;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// A file as it is.
    Raw(&'a [u8]),
    /// A sound file with bytes exchanged inside one section, or the section replaced, signed again.
    Patched { code: u8, section: u8, count: Option<u32>, body: Option<&'a [u8]>, patches: Vec<(u16, u8)>, limit: u8 },
}

fuzz_target!(|input: Input| match input {
    Input::Raw(bytes) => ask(bytes, 3),
    Input::Patched { code, section, count, body, patches, limit } => {
        let mut sections = sound(Code::ALL[usize::from(code) % 4]);
        let chosen = usize::from(section) % sections.len();
        let (_, entries, bytes) = &mut sections[chosen];
        *entries = count.unwrap_or(*entries);
        *bytes = body.map_or_else(|| bytes.clone(), <[u8]>::to_vec);
        for (place, value) in patches {
            let length = bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(usize::from(place) % length) {
                *byte = value;
            }
        }
        let header = Header { kind: ShardKind::Index, epoch: Epoch(0), model: Model(0), cell: NO_CELL, base: 0, count: ROWS };
        let writer = sections.into_iter().fold(ShardWriter::new(header), |writer, (kind, count, bytes)| {
            writer.section(kind, 0, count, bytes)
        });
        ask(&writer.finish().unwrap_or_default(), usize::from(limit));
    }
});

/// The sections of a small file with links.
fn sound(code: Code) -> Vec<(SectionKind, u32, Vec<u8>)> {
    static LINKED: OnceLock<Vec<u8>> = OnceLock::new();
    let rows: Vec<f32> = (0..ROWS as usize * DIM).map(|n| (n * 37 % 19) as f32 / 9.0 - 1.0).collect();
    let partition = Partition { probes: [1, 1], starts: vec![0, ROWS], reaches: vec![0.0], centroids: vec![0.0; DIM] };
    let (codes, scales) = codes::encode(code, Metric::Dot, &partition.centroids, &rows);
    let mut sections = vec![(SectionKind::Codes, ROWS, codes)];
    sections.extend(scales.map(|scales| (SectionKind::Scales, ROWS, scales)));
    sections.push((SectionKind::Partition, 1, partition::encode(&partition)));
    sections.push((SectionKind::RowIds, ROWS, partition::encode_ids(&(0..ROWS).collect::<Vec<_>>())));
    sections.push((SectionKind::Graph, ROWS, LINKED.get_or_init(links).clone()));
    sections
}

/// Everybody links to everybody, on layers of 7 and 3 rows.
fn links() -> Vec<u8> {
    let mut to = Vec::new();
    let layer = |to: &mut Vec<u8>, rows: u32, links: usize| {
        put_varint(to, rows.into());
        for row in 0..rows {
            for n in 0..links as u32 {
                put_varint(to, if n < rows { (row + n) % rows } else { NO_LINK }.into());
            }
        }
    };
    put_varint(&mut to, 4);
    put_varint(&mut to, ROWS.into());
    (0..ROWS).for_each(|row| put_varint(&mut to, row.into()));
    layer(&mut to, ROWS, LINKS);
    put_varint(&mut to, 1);
    layer(&mut to, 3, LINKS / 2);
    to
}

fn ask(bytes: &[u8], limit: usize) {
    let bytes = AlignedBytes::copy_of(bytes);
    let Ok(store) = VectorStore::open(bytes) else { return };
    let query: Vec<f32> = (0..store.dim() * 2).map(|n| (n % 7) as f32 - 3.0).collect();
    let admits = |item: Ordinal| item.0 % 3 != 1;
    let whole = ExactScan(&store).search(&query, limit, &admits);
        let cells = CellSearch::new(&store);
    let mut lists = vec![Probed { search: &cells, store: &store, probes: None }.search(&query, limit, &admits)];
    if let Ok(Some(graph)) = Graph::read(&store) {
        lists.push(GraphIndex { graph: &graph, store: &store }.search(&query, limit, &admits));
    }
    for list in lists {
        assert_eq!(list.len(), whole.len(), "a list is as long as the scan's");
        assert!(list.iter().all(|one| admits(one.item) && !one.score.is_nan()));
    }
    let _keys = store.keys();
}
