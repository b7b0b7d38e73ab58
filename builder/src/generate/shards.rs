//! Writes the shards of a made-up catalogue straight from the law, cell by cell: ten million items without a log. Owns the
//! catalogue and the users to measure with; the packer owns the files.

use std::io::Write;
use std::ops::Range;

use anyhow::Result;
use edge_recall::candidate::Candidate;
use edge_recall::format::codes::{Code, Metric};
use edge_recall::format::crowds::Crowd;
use edge_recall::format::manifest::{
    ChannelWeight, CrowdSpec, Decay, FusionSpec, Manifest, TableSpec, TowerKind, TowerSpec, TriggerSpec, VectorSpec,
};
use edge_recall::format::rows::{self, WeightCode};
use edge_recall::format::write::identity;
use edge_recall::ids::{ChannelId, Epoch, Model, Ordinal};
use rayon::prelude::*;

use super::law::{DIM, Law};
use super::{START, Size};
use crate::config::ShardsConfig;
use crate::layout::{Weight, cut};
use crate::numbering::even;
use crate::output::OutputDir;
use crate::pack::{Blueprint, Catalogue, CellCodes, CellParts, Disk, gain_of, pack_into};
use crate::progress::Progress;
use crate::recipe::DEPTH;

/// Targets of a row.
const TARGETS: usize = 30;
/// Items of the list of everyone.
const LISTED: usize = 200;

/// A law as the packer sees it. Items are published in the law's own order, in which clusters lie beside similar ones.
struct LawCatalogue<'a> {
    law: &'a Law,
    code: Code,
}

impl Catalogue for LawCatalogue<'_> {
    fn cell(&self, _: u32, range: &Range<u32>) -> Result<CellParts> {
        let vectors: Vec<f32> = range.clone().flat_map(|item| self.law.vector(item)).collect();
        let table: Vec<Vec<(u32, f32)>> = range.clone().map(|item| self.law.row(item, TARGETS)).collect();
        let draws = f64::from(self.law.size().events);
        Ok(CellParts {
            keys: range.clone().map(|item| self.key(item)).collect(),
            gains: range.clone().map(|item| gain_of((self.law.popularity(item) * draws) as u32)).collect(),
            vectors: Some(CellCodes::encode(self.code, DIM, &vectors)),
            rows: vec![rows::encode(range.start, &table, WeightCode::Levels(4))],
            ..CellParts::default()
        })
    }

    fn key(&self, ordinal: u32) -> String {
        self.law.item_key(ordinal)
    }
}

/// Writes `recall/` and, for `users` users of the law, `history.csv` and `test.csv`.
pub fn write(law: &Law, users: u32, out: &OutputDir, progress: &Progress) -> Result<Manifest> {
    let code = Code::Int4;
    let size = law.size();
    let weight = Weight { items: size.items as usize, vec: 46.0, i2i: 60.0, files: 2 };
    let cut = cut(&weight, &ShardsConfig::default());
    let cells = even(size.items as usize, cut.cells);
    let leaves = even(cells.len(), cut.leaves);
    let crowds = {
        let _bar = progress.stage("popular items", 0);
        vec![everyone(law)]
    };
    let blueprint = Blueprint {
        manifest: manifest(size, code),
        cells,
        leaves,
        crowds,
        cohorts: Vec::new(),
        epoch_items: size.items,
    };
    let sink = Disk::new(out, "recall/");
    let manifest = {
        let _bar = progress.stage("shards", 0);
        pack_into(blueprint, &LawCatalogue { law, code }, &sink)?
    };
    out.write("recall/recall.json", format!("{}\n", manifest.to_json()).as_bytes())?;
    write_users(law, users, out)?;
    Ok(manifest)
}

fn manifest(size: Size, code: Code) -> Manifest {
    let numbers = [size.items, size.users, size.events, size.days].map(u32::to_le_bytes).concat();
    let id = identity([numbers.as_slice(), &size.seed.to_le_bytes(), code.name().as_bytes()]);
    let all = TriggerSpec { window: 50, decay: Decay::None };
    let newest = TriggerSpec { window: 50, decay: Decay::Position(0.6) };
    let weight = |(channel, weight)| ChannelWeight { channel, weight };
    let weights = [(ChannelId::I2i, 1.0), (ChannelId::U2i, 1.0), (ChannelId::Crowd, 0.02)].map(weight);
    Manifest {
        format: Manifest::current_format(),
        items: size.items,
        epoch_items: size.items,
        epoch: Epoch(id),
        model: Model(id),
        vectors: Some(VectorSpec { dim: DIM as u32, metric: Metric::Dot, code }),
        tower: Some(TowerSpec { kind: TowerKind::Pool, triggers: newest }),
        tables: vec![TableSpec { channel: ChannelId::I2i, triggers: all }],
        crowd: CrowdSpec { keys: vec![Vec::new()] },
        fusion: FusionSpec { depth: DEPTH, weights: weights.to_vec(), ..FusionSpec::default() },
        ..Manifest::default()
    }
}

fn everyone(law: &Law) -> Crowd {
    let size = law.size();
    let mut popular: Vec<(f64, u32)> =
        (0..size.items).into_par_iter().map(|item| (law.popularity(item), item)).collect();
    let by_rank = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if popular.len() > LISTED {
        popular.select_nth_unstable_by(LISTED, by_rank);
        popular.truncate(LISTED);
    }
    popular.sort_by(by_rank);
    let listed = popular.iter().map(|&(score, item)| Candidate { item: Ordinal(item), score: score as f32 });
    Crowd { key: String::new(), users: size.users, items: listed.collect() }
}

fn write_users(law: &Law, users: u32, out: &OutputDir) -> Result<()> {
    let mut history = out.create_file("history.csv")?;
    let mut test = out.create_file("test.csv")?;
    history.write_all(b"user,item,type,timestamp\n")?;
    test.write_all(b"user,item\n")?;
    let size = law.size();
    let step = (size.users / users.max(1)).max(1) as usize;
    let chosen = (0..size.users).step_by(step).filter_map(|user| Some((user, law.held_out(user)?)));
    let (mut past, mut wanted) = (Vec::new(), Vec::new());
    for (user, held) in chosen.take(users as usize) {
        let user = law.user_key(user);
        for it in held.history {
            let second = START + u64::from(it.second);
            writeln!(past, "{user},{},{},{second}", law.item_key(it.item), it.kind.name())?;
        }
        for item in held.test {
            writeln!(wanted, "{user},{}", law.item_key(item))?;
        }
    }
    history.write_all(&past)?;
    Ok(test.write_all(&wanted)?)
}
