//! The two-hop table: items that share users, for sparse or unordered logs. Owns the formula; does not choose its
//! parameters.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pairing::{fading, paired};
use super::{damping, keep_heaviest};
use crate::model::{I2iTable, Interactions};
use crate::sparse::Scatter;

/// Parameters of [`two_hop`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwoHopParams {
    /// `a`: how strongly a frequent trigger is damped. It weighs the triggers of one history against each other.
    pub trigger_exponent: f32,
    /// `b`: how strongly a frequent target is damped. Higher leads to rarer items.
    pub target_exponent: f32,
    /// `g`: how strongly a user with many items is damped; at 1 every user spreads one vote.
    pub user_exponent: f32,
    /// `p`: above 1, few strong neighbours count for more than many weak ones (case amplification; Breese, Heckerman and Kadie
    /// 1998).
    pub power: f32,
    /// Distinct users a pair needs. One person's pair must not be readable from a public table.
    pub min_users: u32,
    /// `T`: targets kept per trigger.
    pub targets: usize,
    /// A user with more distinct items than this is taken for a robot and left out: the work grows with the square.
    pub max_user_items: usize,
}

impl Default for TwoHopParams {
    fn default() -> Self {
        Self {
            trigger_exponent: 0.7,
            target_exponent: 0.2,
            user_exponent: 1.0,
            power: 1.0,
            min_users: 2,
            targets: 200,
            max_user_items: 10_000,
        }
    }
}

/// Builds the two-hop table.
///
/// `S_ij = (n_i^-a * sum over common users u of |h_u|^-g * n_j^-b)^p`, where `n_i` counts the distinct users of item `i`
/// and `|h_u|` the distinct items of user `u`: two steps of a random walk trigger, user, target, with its degree
/// exponents set free (item CF with inverse user frequency at one end, RP3-beta at the other). Repeated events and
/// event weights change nothing. Where the log's pairing has a half-life, a user's part of a pair is multiplied by
/// `2^(-(newest - t) / half-life)`, `t` being when the user had met both.
pub fn two_hop(log: &Interactions, params: &TwoHopParams) -> I2iTable {
    two_hop_of(log, params, |_| true)
}

/// The rows of the items that are `wanted`; the others stay empty. For trials, which open few rows of a large catalogue.
pub fn two_hop_of(log: &Interactions, params: &TwoHopParams, wanted: impl Fn(usize) -> bool + Sync) -> I2iTable {
    let log = &*paired(log);
    let by_user = fading(log, log.pairing.half_life_days);
    let by_item = by_user.transpose();
    let lengths: Vec<u32> = (0..by_user.rows()).map(|user| by_user.row_len(user) as u32).collect();
    let mut vote = damping(&lengths, params.user_exponent);
    for (vote, &length) in vote.iter_mut().zip(&lengths) {
        if length as usize > params.max_user_items {
            *vote = 0.0;
        }
    }
    let counts = by_user.column_counts();
    let trigger = damping(&counts, params.trigger_exponent);
    let target = damping(&counts, params.target_exponent);

    let rows = (0..log.items.len()).into_par_iter().with_min_len(64).map_init(
        || (Scatter::<Pair>::new(log.items.len()), Vec::new()),
        |(pairs, row), item| {
            let (fans, own) = if wanted(item) { by_item.row(item) } else { (&[][..], &[][..]) };
            for (&user, &own) in fans.iter().zip(own) {
                let vote = vote[user as usize];
                if vote > 0.0 {
                    let (others, fades) = by_user.row(user as usize);
                    for (&other, &fade) in others.iter().zip(fades) {
                        let pair = pairs.slot(other);
                        pair.votes += vote * fade.max(own);
                        pair.users += 1;
                    }
                }
            }
            row.clear();
            pairs.drain(|other, pair| {
                let allowed = other as usize != item && log.pairing.allows(item, other as usize);
                if allowed && pair.users >= params.min_users {
                    row.push((other, amplified(pair.votes * trigger[item] * target[other as usize], params.power)));
                }
            });
            keep_heaviest(row, params.targets);
            row.clone()
        },
    );
    I2iTable { rows: rows.collect() }
}

/// `weight ^ power`, the same on every machine.
fn amplified(weight: f32, power: f32) -> f32 {
    if power == 1.0 { weight } else { libm::powf(weight, power) }
}

/// What is known of one pair while its trigger is being built.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair {
    votes: f32,
    users: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::fixture::{checkerboard, log, on_threads};

    fn close(row: &[(u32, f32)], expected: &[(u32, f64)]) {
        assert_eq!(row.len(), expected.len(), "{row:?} against {expected:?}");
        for (got, want) in row.iter().zip(expected) {
            assert_eq!(got.0, want.0, "{row:?}");
            assert!((f64::from(got.1) - want.1).abs() < 1e-6 * want.1, "{got:?} against {want:?}");
        }
    }

    #[test]
    fn the_formula_by_hand() {
        // n = [3, 2, 2]; users {0,1,2}, {0,1}, {0,2}
        let table =
            two_hop(&log(3, &[&[0, 1, 2], &[0, 1], &[0, 2]]), &TwoHopParams { min_users: 1, ..Default::default() });
        let votes = 1.0 / 3.0 + 1.0 / 2.0;
        let weight = |n_i: f64, n_j: f64, votes: f64| n_i.powf(-0.7) * votes * n_j.powf(-0.2);
        close(&table.rows[0], &[(1, weight(3.0, 2.0, votes)), (2, weight(3.0, 2.0, votes))]);
        close(&table.rows[1], &[(0, weight(2.0, 3.0, votes)), (2, weight(2.0, 2.0, 1.0 / 3.0))]);
    }

    #[test]
    fn one_users_pair_is_not_published() {
        let histories: [&[u32]; 3] = [&[0, 1, 2], &[0, 1], &[0, 2]];
        let table = two_hop(&log(3, &histories), &TwoHopParams::default());
        assert_eq!(table.rows[0].iter().map(|cell| cell.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(table.rows[1].iter().map(|cell| cell.0).collect::<Vec<_>>(), [0]);
        let strict = two_hop(&log(3, &histories), &TwoHopParams { min_users: 3, ..Default::default() });
        assert!(strict.rows.iter().all(Vec::is_empty));
    }

    #[test]
    fn repeated_events_count_once() {
        let once = two_hop(&log(2, &[&[0, 1], &[0, 1]]), &TwoHopParams::default());
        assert_eq!(two_hop(&log(2, &[&[0, 1, 1, 0, 1], &[1, 0, 0]]), &TwoHopParams::default()), once);
        let one = two_hop(&log(2, &[&[0, 1, 0, 1]]), &TwoHopParams::default());
        assert!(one.rows.iter().all(Vec::is_empty), "one user twice is still one user");
    }

    #[test]
    fn communities_that_never_meet_do_not_leak() {
        let table = two_hop(&checkerboard(40, 20), &TwoHopParams::default());
        for (item, row) in table.rows.iter().enumerate() {
            assert_eq!(row.len(), 9, "the other nine of its half");
            assert!(row.iter().all(|cell| cell.0 as usize % 2 == item % 2));
        }
    }

    #[test]
    fn the_table_is_cut_after_t_targets() {
        let table = two_hop(&checkerboard(40, 20), &TwoHopParams { targets: 3, ..Default::default() });
        let whole = two_hop(&checkerboard(40, 20), &TwoHopParams::default());
        for (row, long) in table.rows.iter().zip(&whole.rows) {
            assert_eq!(row[..], long[..3]);
        }
    }

    #[test]
    fn robots_are_left_out() {
        let params = TwoHopParams { max_user_items: 2, ..Default::default() };
        let table = two_hop(&log(3, &[&[0, 1], &[0, 1], &[0, 1, 2], &[0, 1, 2]]), &params);
        assert_eq!(table.rows.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 0]);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let [one, three] = on_threads(|| two_hop(&checkerboard(300, 400), &TwoHopParams::default()));
        assert!(one.rows.iter().any(|row| row.len() > 100));
        assert_eq!(one, three);
    }

    #[test]
    fn small_logs() {
        let params = TwoHopParams::default();
        assert!(two_hop(&Interactions::default(), &params).rows.is_empty());
        assert_eq!(two_hop(&log(1, &[&[0], &[0]]), &params).rows, [vec![]]);
        assert_eq!(two_hop(&log(3, &[]), &params).rows, [vec![], vec![], vec![]]);
    }
}
