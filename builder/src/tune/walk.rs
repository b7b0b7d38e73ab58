//! Two steps over one of the tables that were fitted. Owns which walks are tried.

use edge_recall::ids::ChannelId;

use super::bench::Bench;
use super::offer::Offer;
use super::report::TuneReport;
use super::rules::{rules, text};
use super::tables::{Fitted, MANY_ITEMS};
use crate::model::I2iTable;
use crate::recipe::{WHOLE, Walk};

/// Targets of the rows that a walk is tried over.
const WALKED: usize = 50;
/// Mean triggers of a history up to which a walk is tried from all of them.
const FEW_TRIGGERS: usize = 10;

/// The best walk over one of the tables, as an offer that costs no bytes. It starts from the newest items, or from all of a history
/// where those are few: from many it is slow, and blurs what each of them says.
pub fn fit(bench: &Bench<'_>, fitted: &[Fitted], report: &mut TuneReport) -> Option<Offer> {
    let is_small = bench.train().items.len() <= MANY_ITEMS;
    let are_few = bench.triggers(WHOLE.window) <= FEW_TRIGGERS * bench.cases();
    let tables = fitted.iter().filter(|fitted| is_small && fitted.recipe.family.channel() != ChannelId::Ease);
    let mut best: Option<(f64, Offer)> = None;
    for fitted in tables {
        let channel = fitted.recipe.family.channel();
        let shortened = |row: &Vec<(u32, f32)>| row[..row.len().min(WALKED)].to_vec();
        let short = I2iTable { rows: fitted.table.rows.iter().map(shortened).collect() };
        let starts =
            rules(bench.train().ordered).into_iter().filter(|rule| rule.window <= 3 || (are_few && *rule == WHOLE));
        for (triggers, fan) in starts.flat_map(|rule| [10, 25].map(|fan| (rule, fan))) {
            let walk = Walk { table: channel, fan, triggers };
            let lists = bench.of_walk(&short, &walk);
            let what = format!("walk over {} by {fan} from {}", channel.name(), text(triggers));
            let quality = report.add(what, bench.judge(&lists));
            if best.as_ref().is_none_or(|(found, _)| quality > *found) {
                best = Some((quality, Offer::walk(walk, lists)));
            }
        }
    }
    best.map(|(_, offer)| offer)
}
