//! Ridge regression: one inverse for each penalty, exponents read off it. Owns what is tried of EASE, and for which logs.

use edge_recall::ids::ChannelId;

use super::super::effort::{DENSE, Effort, INVERSION, SCATTERED};
use super::super::rules::text;
use super::super::search::{Axis, descend};
use super::{Fitted, Fitter, TARGETS, least};
use crate::recipe::TableRecipe;
use crate::stages::ease::{self, EaseParams};
use crate::stages::family::Family;

/// Most items that the inverse is taken of: it takes 16 bytes for each pair of them.
const MAX_DENSE: usize = 9_000;

const RIDGE: [Axis<EaseParams>; 3] = [
    Axis { values: &[0.0, 0.1, 0.2, 0.3], of: |p| &mut p.target_exponent },
    Axis { values: &[-0.2, 0.0, 0.2, 0.4], of: |p| &mut p.trigger_exponent },
    Axis { values: &[60.0, 120.0, 250.0, 500.0, 1000.0, 2000.0], of: |p| &mut p.lambda },
];

impl Fitter<'_> {
    /// Fits the penalty and the exponents; `None` where the catalogue is too large to invert, or the effort too small.
    pub fn ridge(&mut self, min_users: u32, effort: &mut Effort) -> Option<Fitted> {
        let max_items = MAX_DENSE.min(self.shape.items);
        let start = EaseParams { min_users, targets: TARGETS, max_items, ..EaseParams::default() };
        let cost = ease::cost(max_items);
        let inverse = cost.flops / INVERSION;
        let squares = self.shape.squares / SCATTERED;
        let pass = (max_items * max_items) as f64 * 20.0 / DENSE + self.pass(self.usual(ChannelId::Ease));
        if self.shape.items > MAX_DENSE * 4 / 3 || !effort.affords(squares + inverse + pass) {
            let text = format!("ridge regression was not tried: it inverts a matrix of {} items", self.shape.items);
            self.report.findings.push(text);
            return None;
        }
        let common = ease::common_users(self.bench.train(), &start);
        let mut lambda = start.lambda;
        let mut precision = ease::precision(&common, lambda);
        let rule = self.rule(ChannelId::Ease, &ease::rows(&common, &precision, &start), effort);
        let (bench, report) = (self.bench, &mut *self.report);
        let (params, _) = descend(start, &RIDGE, 2, least(bench), |params| {
            let anew = params.lambda != lambda;
            if !effort.affords(pass + if anew { inverse } else { 0.0 }) {
                return None;
            }
            if anew {
                (lambda, precision) = (params.lambda, ease::precision(&common, params.lambda));
            }
            let lists = bench.of_table(ChannelId::Ease, &ease::rows(&common, &precision, params), rule);
            let EaseParams { lambda, target_exponent, trigger_exponent, .. } = params;
            let what =
                format!("ease with a={trigger_exponent} b={target_exponent} lambda={lambda} from {}", text(rule));
            Some(report.add(what, bench.judge(&lists)))
        })?;
        if params.lambda != lambda {
            precision = ease::precision(&common, params.lambda);
        }
        let table = ease::rows(&common, &precision, &params);
        Some(Fitted { recipe: TableRecipe { family: Family::Ease(params), triggers: rule }, table })
    }
}
