//! Two-hop tables weighed by what was clicked, or bought. Owns which of the two is used and how that is told, and what is tried of
//! the priors; the exponents are those that suit the two-hop table.

use edge_recall::ids::ChannelId;

use super::super::effort::{Effort, SCATTERED};
use super::super::rules::text;
use super::super::search::{Axis, descend};
use super::{Fitted, Fitter, TARGETS, least};
use crate::recipe::TableRecipe;
use crate::stages::family::Family;
use crate::stages::rank::{Counts, Evidence, RankParams, evidence_of, weighed};

/// Additions that the counts of a pair take, about.
const PAIR: usize = 20;

const PRIORS: [Axis<RankParams>; 2] = [
    Axis { values: &[1.0, 5.0, 20.0, 80.0, 320.0], of: |p| &mut p.pair_prior },
    Axis { values: &[1.0, 5.0, 20.0, 80.0, 320.0], of: |p| &mut p.item_prior },
];

impl Fitter<'_> {
    /// What the log can tell by, said in the findings.
    fn evidence(&mut self) -> Option<Evidence> {
        let evidence = evidence_of(self.bench.train());
        let said = match evidence {
            Some(Evidence::Exposures) => {
                "channel `rank` is tried: the log tells what was shown, and what of it was clicked"
            }
            Some(Evidence::Conversions) => {
                "channel `rank` is tried by what was put into the cart or bought soon after, for the log does not tell what was \
                 shown and clicked (events of type `shown`, with a column `trigger`)"
            }
            None => {
                "there is no channel `rank`: the log tells neither what was shown and clicked (events of type `shown`, with a column \
                 `trigger`) nor what was put into the cart or bought, and when"
            }
        };
        self.report.findings.push(String::from(said));
        evidence
    }

    /// Fits the priors over a two-hop table; `None` for a table of another family, and where the log cannot tell or the effort is too
    /// small.
    pub fn rank(&mut self, base: &Fitted, effort: &mut Effort) -> Option<Fitted> {
        let Family::TwoHop(params) = &base.recipe.family else { return None };
        let evidence = self.evidence()?;
        let start = RankParams { evidence, base: params.clone(), targets: TARGETS, ..RankParams::default() };
        let train = self.bench.train();
        let additions = (train.exposures.len() + train.events.len()) * PAIR;
        let pass = self.pass(base.recipe.triggers);
        if !effort.affords(additions as f64 / SCATTERED + pass) {
            self.report.findings.push("channel `rank` was not tried: the log is too large for the time".into());
            return None;
        }
        let counts = Counts::of(train, evidence, &base.table);
        let rule = self.rule(ChannelId::Rank, &weighed(&base.table, &counts, &start), effort);
        let (bench, report) = (self.bench, &mut *self.report);
        let (params, _) = descend(start, &PRIORS, 2, least(bench), |params| {
            if !effort.affords(pass) {
                return None;
            }
            let lists = bench.of_table(ChannelId::Rank, &weighed(&base.table, &counts, params), rule);
            let RankParams { pair_prior, item_prior, .. } = params;
            let what = format!("rank with m={pair_prior} m0={item_prior} from {}", text(rule));
            Some(report.add(what, bench.judge(&lists)))
        })?;
        let table = weighed(&base.table, &counts, &params);
        Some(Fitted { recipe: TableRecipe { family: Family::Rank(params), triggers: rule }, table })
    }
}
