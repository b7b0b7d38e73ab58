//! Lies in the links of a graph, behind valid checksums. Whatever is accepted must give a whole answer, and no lie may cost memory.

use edge_recall::AlignedBytes;
use edge_recall::error::FormatError;
use edge_recall::format::bytes::put_varint;
use edge_recall::format::codes::Code;
use edge_recall::format::graph::{LINKS, MAX_LAYERS, MAX_WIDTH, NO_LINK};
use edge_recall::format::section::SectionKind;
use edge_recall::index::VectorIndex;
use edge_recall::index::hnsw::{Graph, GraphIndex};
use edge_recall::store::vectors::VectorStore;

use crate::allocations::largest;
use crate::format_spec::{page, says};
use crate::index_files::{DIM, FileParams, clustered, file};
use crate::surgery::{changed, u32_at};

/// Rows of the small file.
const FEW: u32 = 6;
/// The largest allocation that a file of two kilobytes may cause: tables of the checksum.
const MOST_BYTES: usize = 32 * 1024;

/// Numbers of a graph, before they are bytes.
#[derive(Clone)]
struct Draft {
    width: u64,
    points: Vec<u64>,
    /// Links of every row of every layer, the lowest first.
    layers: Vec<Vec<Vec<u64>>>,
    /// What the counts of points, of linked rows and of upper layers say, where they lie.
    said: [Option<u64>; 3],
}

impl Draft {
    /// Everybody links to everybody, on layers of 6, 3 and 3 rows.
    fn sound() -> Draft {
        let row = |row: u64, count: u64, links: usize| {
            (0..links as u64).map(|n| if n < count { (row + n) % count } else { u64::from(NO_LINK) }).collect()
        };
        let layer = |count: u64, links| (0..count).map(|n| row(n, count, links)).collect();
        let layers = vec![layer(u64::from(FEW), LINKS), layer(3, LINKS / 2), layer(3, LINKS / 2)];
        Draft { width: 4, points: (0..u64::from(FEW)).collect(), layers, said: [None; 3] }
    }

    fn bytes(&self) -> Vec<u8> {
        let (mut to, said) = (Vec::new(), |at: usize, count: usize| self.said[at].unwrap_or(count as u64));
        put_varint(&mut to, self.width);
        put_varint(&mut to, said(0, self.points.len()));
        self.points.iter().for_each(|&point| put_varint(&mut to, point));
        put_varint(&mut to, said(1, self.layers[0].len()));
        self.layers[0].iter().flatten().for_each(|&link| put_varint(&mut to, link));
        put_varint(&mut to, said(2, self.layers.len() - 1));
        for layer in &self.layers[1..] {
            put_varint(&mut to, layer.len() as u64);
            layer.iter().flatten().for_each(|&link| put_varint(&mut to, link));
        }
        to
    }
}

fn small(links: &[u8]) -> Vec<u8> {
    let order: Vec<u32> = (0..FEW).collect();
    let rows = &clustered()[..FEW as usize * DIM];
    file(rows, &FileParams { graph: Some((links, &order)), ..FileParams::plain(Code::Int8, 1) })
}

/// Opens a file and its graph; where both are accepted, its answers have been checked.
fn offer(bytes: &[u8]) -> Result<(), FormatError> {
    let bytes = AlignedBytes::copy_of(bytes);
    let (read, most) = largest(|| {
        let store = VectorStore::open(bytes)?;
        Graph::read(&store).map(|graph| (store, graph.expect("the file has links")))
    });
    assert!(most <= MOST_BYTES, "an allocation of {most} bytes");
    let (store, graph) = read?;
    let index = GraphIndex { graph: &graph, store: &store };
    for limit in [1, 4, 6] {
        let (found, most) = largest(|| index.search(&[0.5; DIM], limit, &|_| true));
        assert!(most <= MOST_BYTES, "an allocation of {most} bytes in the answer");
        assert_eq!(found.len(), limit);
        let mut ids: Vec<u32> = found.iter().map(|one| one.item.0).collect();
        ids.sort_unstable();
        ids.dedup();
        assert!(ids.len() == limit && ids.iter().all(|&id| id < FEW), "{ids:?}");
    }
    Ok(())
}

#[test]
fn limits_are_those_of_the_page() {
    let page = page();
    says(&page, &format!("(`ef`), 1..={MAX_WIDTH}: it finds no more than these"));
    says(&page, &format!("rows × {LINKS} × varint"));
    says(&page, &format!("rows × {} × varint", LINKS / 2));
    says(&page, &format!("layers above the lowest one, at most {MAX_LAYERS}"));
    says(&page, "A link is the number of a row of the same layer, or 2^32 - 1");
    assert_eq!(u64::from(NO_LINK), (1 << 32) - 1);
}

#[test]
fn a_sound_graph_is_accepted() {
    offer(&small(&Draft::sound().bytes())).expect("a sound graph");
}

#[test]
fn a_search_finds_what_links_lead_to_and_no_more() {
    let mut draft = Draft::sound();
    draft.layers.iter_mut().flatten().flatten().for_each(|link| *link = u64::from(NO_LINK));
    let file = small(&draft.bytes());
    let store = VectorStore::open(AlignedBytes::copy_of(&file)).expect("a sound file");
    let graph = Graph::read(&store).expect("sound links").expect("links");
    let index = GraphIndex { graph: &graph, store: &store };
    // Every walk begins, and here ends, at the first row, whatever row the query is made of.
    let query = store.vector(4).expect("a row");
    assert_eq!(index.search(&query, 1, &|_| true)[0].item.0, store.id(0));
    // One row is not two: everything is scanned.
    assert_eq!(index.search(&query, 2, &|_| true)[0].item.0, store.id(4));
    assert_eq!(index.search(&query, 1, &|item| item.0 != store.id(0))[0].item.0, store.id(4));
}

#[test]
fn no_lie_about_a_number_is_accepted() {
    let max = u64::from(u32::MAX);
    let few = u64::from(FEW);
    let mut lies: Vec<(String, Draft)> = Vec::new();
    let mut lie = |name: String, change: &dyn Fn(&mut Draft)| {
        let mut draft = Draft::sound();
        change(&mut draft);
        lies.push((name, draft));
    };
    for width in [0, u64::from(MAX_WIDTH) + 1, max, u64::MAX] {
        lie(format!("width {width}"), &|draft| draft.width = width);
    }
    for count in [0, 1, few - 1, few + 1, 1 << 20, max, u64::MAX] {
        lie(format!("{count} points"), &|draft| draft.said[0] = Some(count));
        lie(format!("{count} rows"), &|draft| draft.said[1] = Some(count));
    }
    for count in [0, 1, 3, u64::from(MAX_LAYERS) + 1, max, u64::MAX] {
        lie(format!("{count} layers"), &|draft| draft.said[2] = Some(count));
    }
    for point in [1, few, max, u64::MAX] {
        lie(format!("point {point}"), &|draft| draft.points[0] = point);
    }
    for (layer, rows) in [(0, few), (1, 3), (2, 3)] {
        for link in [rows, rows + 1, max - 1, max + 1, u64::MAX] {
            for place in [0, 5, LINKS / 2 - 1] {
                lie(format!("link {link} on layer {layer}"), &|draft| draft.layers[layer][2][place] = link);
            }
        }
    }
    lie("an empty layer".into(), &|draft| draft.layers[2].clear());
    lie("a layer wider than the one below".into(), &|draft| draft.layers.swap(0, 1));
    lie("more layers than rows need".into(), &|draft| {
        let top = draft.layers[2].clone();
        draft.layers.resize(MAX_LAYERS as usize + 2, top);
    });
    for (name, draft) in lies {
        assert!(offer(&small(&draft.bytes())).is_err(), "{name}");
    }
}

#[test]
fn a_graph_cut_short_or_long_is_refused() {
    let whole = Draft::sound().bytes();
    for length in 0..whole.len() {
        assert!(offer(&small(&whole[..length])).is_err(), "{length} bytes");
    }
    assert!(offer(&small(&[&whole[..], &[0]].concat())).is_err(), "a byte is left over");
    let file = small(&whole);
    for length in 0..file.len() {
        assert!(offer(&file[..length]).is_err(), "{length} bytes of the file");
    }
}

#[test]
fn every_flipped_bit_is_refused_or_harmless() {
    let whole = Draft::sound().bytes();
    let (mut yes, mut no) = (0, 0);
    for bit in 0..whole.len() * 8 {
        let mut links = whole.clone();
        links[bit / 8] ^= 1 << (bit % 8);
        *(if offer(&small(&links)).is_ok() { &mut yes } else { &mut no }) += 1;
    }
    assert!(no > yes && yes > 0, "{yes} accepted, {no} refused: both kinds must have been tried");
}

#[test]
fn a_count_in_the_table_or_a_second_cell_is_refused() {
    let file = small(&Draft::sound().bytes());
    let sections = u32_at(&file, 12).expect("inside") as usize;
    let entry = (0..sections)
        .map(|section| 64 + 24 * section)
        .find(|&entry| file[entry..entry + 2] == (SectionKind::Graph as u16).to_le_bytes())
        .expect("a graph");
    for count in [0, FEW - 1, FEW + 1, u32::MAX] {
        assert!(offer(&changed(&file, entry + 8, &count.to_le_bytes())).is_err(), "{count} rows in the table");
    }
}

#[test]
fn links_beside_several_cells_are_refused() {
    let order: Vec<u32> = (0..FEW).collect();
    let links = Draft::sound().bytes();
    let graph = Some((links.as_slice(), order.as_slice()));
    let rows = &clustered()[..FEW as usize * DIM];
    assert!(offer(&file(rows, &FileParams { graph, ..FileParams::plain(Code::Int8, 2) })).is_err());
}
