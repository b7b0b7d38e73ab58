//! What a build may consist of: a channel in several sizes, with what it proposes and weighs in each. Owns sizes and their lists;
//! `portfolio` chooses.

use std::sync::OnceLock;

use edge_recall::format::manifest::TriggerSpec;
use edge_recall::format::rows::WeightCode;
use edge_recall::ids::ChannelId;

use super::bench::{Bench, Lists};
use super::report::TuneReport;
use super::rules::{rules, text};
use super::{bytes, tables, vectors};
use crate::learn::Table;
use crate::numbering::Numbering;
use crate::recipe::{Recipe, TableRecipe, Walk};

/// Targets that tables are offered with.
const LADDER: [usize; 8] = [10, 15, 20, 30, 50, 80, 120, 180];
/// One channel that a build may have, in several sizes.
pub struct Offer {
    /// The channel.
    pub channel: ChannelId,
    kind: Kind,
    /// Ascending by bytes.
    pub sizes: Vec<Size>,
}

enum Kind {
    Table(TableRecipe, Table),
    Vectors,
    Walk(Walk),
    Repeat(TriggerSpec),
}

/// One size of an offer.
pub struct Size {
    /// Targets of a table, place among the sizes of vectors, 0 of what has none.
    number: usize,
    /// Estimated bytes.
    pub bytes: f64,
    lists: OnceLock<Lists>,
}

impl Offer {
    /// A table in every size of the ladder.
    pub fn table(fitted: tables::Fitted, numbering: &Numbering, code: WeightCode) -> Offer {
        let channel = fitted.recipe.family.channel();
        let table = Table { channel, rows: fitted.table };
        let size = |targets: usize| {
            let mut cut = table.clone();
            cut.truncate(targets);
            let bytes = bytes::of_table(&cut.rows, &numbering.rows, &numbering.ordinals, code);
            Size { number: targets, bytes, lists: OnceLock::new() }
        };
        let longest = table.rows.rows.iter().map(Vec::len).max().unwrap_or(0);
        let useful = LADDER.iter().position(|&targets| targets >= longest).map_or(LADDER.len(), |place| place + 1);
        let sizes = LADDER[..useful].iter().map(|&targets| size(targets)).collect();
        Offer { channel, kind: Kind::Table(fitted.recipe, table), sizes }
    }

    /// Vectors in every size that was tried.
    pub fn vectors(fitted: &mut vectors::Fitted, items: usize) -> Offer {
        let size = |(number, size): (usize, &mut vectors::Size)| Size {
            number,
            bytes: bytes::of_vectors(items, size.code.row_bytes(size.dim), size.dim),
            lists: OnceLock::from(std::mem::take(&mut size.lists)),
        };
        let sizes = fitted.sizes.iter_mut().enumerate().map(size).collect();
        Offer { channel: ChannelId::U2i, kind: Kind::Vectors, sizes }
    }

    /// A walk, which weighs nothing.
    pub fn walk(walk: Walk, lists: Lists) -> Offer {
        Offer { channel: ChannelId::Walk, kind: Kind::Walk(walk), sizes: vec![Size::free(lists)] }
    }

    /// Items of the history, which weigh nothing.
    pub fn repeat(bench: &Bench<'_>, report: &mut TuneReport) -> Offer {
        let mut best: Option<(f64, TriggerSpec, Lists)> = None;
        for rule in rules(bench.train().ordered) {
            let lists = bench.of_repeat(rule);
            let quality = report.add(format!("repeat from {}", text(rule)), bench.judge(&lists));
            if best.as_ref().is_none_or(|(found, ..)| quality > *found) {
                best = Some((quality, rule, lists));
            }
        }
        let (_, rule, lists) = best.expect("there is a rule");
        Offer { channel: ChannelId::Repeat, kind: Kind::Repeat(rule), sizes: vec![Size::free(lists)] }
    }

    /// What the channel proposes in a size.
    pub fn lists(&self, bench: &Bench<'_>, size: usize) -> &Lists {
        let size = &self.sizes[size];
        size.lists.get_or_init(|| match &self.kind {
            Kind::Table(recipe, table) => {
                let mut cut = table.clone();
                cut.truncate(size.number);
                bench.of_table(self.channel, &cut.rows, recipe.triggers)
            }
            Kind::Vectors | Kind::Walk(_) | Kind::Repeat(_) => Lists::new(),
        })
    }

    /// Writes this part of a build into a recipe; `vectors` are those on offer.
    pub fn write_to(&self, size: usize, recipe: &mut Recipe, vectors: Option<&vectors::Fitted>) {
        let number = self.sizes[size].number;
        match &self.kind {
            Kind::Table(table, _) => recipe
                .tables
                .push(TableRecipe { family: table.family.clone().with_targets(number), triggers: table.triggers }),
            Kind::Vectors => vectors.into_iter().for_each(|fitted| fitted.write_to(recipe, number)),
            Kind::Walk(walk) => recipe.serving.walk = Some(*walk),
            Kind::Repeat(spec) => recipe.serving.repeat = Some(*spec),
        }
    }

    /// What this part of a build is called, with its size.
    pub fn name(&self, size: usize) -> String {
        match &self.kind {
            Kind::Table(..) => format!("{} {}", self.channel.name(), self.sizes[size].number),
            Kind::Vectors => format!("{} #{}", self.channel.name(), self.sizes[size].number),
            Kind::Walk(_) | Kind::Repeat(_) => self.channel.name().to_owned(),
        }
    }
}

impl Size {
    fn free(lists: Lists) -> Size {
        Size { number: 0, bytes: 0.0, lists: OnceLock::from(lists) }
    }
}
