//! The offline stages: an interaction log in, tables, vectors and lists out. Owns what the stages share; each stage
//! is a pure function of its log and its parameters, and gives the same bits whatever the number of threads.

pub mod als;
pub mod cells;
pub mod cohorts;
pub mod content;
pub mod crowd;
pub(crate) mod dense;
pub mod directional;
pub mod ease;
pub mod family;
pub mod fresh;
pub mod item_fold_in;
pub mod lists;
pub mod pairing;
mod places;
pub mod rank;
pub mod rotation;
pub mod two_hop;

/// Keeps the `limit` heaviest entries, heaviest first, ties by lower item row.
pub fn keep_heaviest(entries: &mut Vec<(u32, f32)>, limit: usize) {
    keep_greatest(entries, limit, |weight| weight);
}

/// Keeps the `limit` entries whose weights are greatest by some measure, greatest first, ties by lower item row.
fn keep_greatest(entries: &mut Vec<(u32, f32)>, limit: usize, measure: impl Fn(f32) -> f32) {
    let order = |a: &(u32, f32), b: &(u32, f32)| measure(b.1).total_cmp(&measure(a.1)).then(a.0.cmp(&b.0));
    if limit == 0 {
        entries.clear();
    } else if limit < entries.len() {
        entries.select_nth_unstable_by(limit - 1, &order);
        entries.truncate(limit);
    }
    entries.sort_unstable_by(order);
    entries.shrink_to_fit();
}

/// `count ^ -exponent` for every count; 0 where nothing was counted.
pub fn damping(counts: &[u32], exponent: f32) -> Vec<f32> {
    let power = |&count: &u32| {
        if count == 0 { 0.0 } else { (f64::from(count)).powf(-f64::from(exponent)) as f32 }
    };
    counts.iter().map(power).collect()
}

/// Small logs for the tests of the stages.
#[cfg(test)]
pub(crate) mod fixture {
    use crate::model::{Event, Interactions, Pairing};

    /// An ordered log of `items` items; `rows[user]` = the item rows of a user, oldest first, one minute apart.
    pub fn log(items: usize, rows: &[&[u32]]) -> Interactions {
        let mut log = Interactions {
            users: (0..rows.len()).map(|user| format!("u{user}")).collect(),
            items: (0..items).map(|item| format!("i{item}")).collect(),
            offsets: vec![0],
            events: Vec::new(),
            exposures: Vec::new(),
            ordered: true,
            pairing: Pairing::default(),
        };
        for row in rows {
            log.events.extend(row.iter().zip(0..).map(|(&item, minute)| Event {
                item,
                minute: Some(minute),
                weight: 1.0,
                taken: false,
            }));
            log.offsets.push(log.events.len());
        }
        log
    }

    /// Two communities that never meet: even users like even items, odd users odd items, each about two thirds of
    /// its half, pseudo-randomly.
    pub fn checkerboard(users: u32, items: u32) -> Interactions {
        let mut state = 7_u32;
        let mut rows = Vec::new();
        for user in 0..users {
            let mut row = Vec::new();
            for item in (user % 2..items).step_by(2) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state >> 16 & 3 != 0 {
                    row.push(item);
                }
            }
            rows.push(row);
        }
        log(items as usize, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// Runs the same work on one thread and on three.
    pub fn on_threads<T: Send>(work: impl Fn() -> T + Sync + Send) -> [T; 2] {
        [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
            pool.install(&work)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lower_item() {
        let mut entries = vec![(5, 1.0), (3, 1.0), (9, 2.0), (4, 1.0)];
        keep_heaviest(&mut entries, 3);
        assert_eq!(entries, [(9, 2.0), (3, 1.0), (4, 1.0)]);
        keep_heaviest(&mut entries, 10);
        assert_eq!(entries.len(), 3);
        keep_heaviest(&mut entries, 0);
        assert!(entries.is_empty());
    }

    #[test]
    fn damping_of_nothing_is_nothing() {
        assert_eq!(damping(&[0, 1, 4], 0.5), [0.0, 1.0, 0.5]);
    }
}
