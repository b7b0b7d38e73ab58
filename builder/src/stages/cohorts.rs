//! Cohorts: users of like taste. Owns how users are grouped; what a cohort likes is a list as any crowd has it.

use edge_recall::EventKind;
use edge_recall::format::manifest::TowerSpec;
use edge_recall::ids::Ordinal;
use edge_recall::recaller::{KnownEvent, triggers};
use edge_recall::user::UserVector;
use rayon::prelude::*;

use crate::model::{Interactions, ItemVectors};

/// Most cohorts.
const MOST: usize = 32;
/// Users of a cohort in the mean, in multiples of the fewest that it may have.
const MEAN_SIZE: usize = 4;
/// Users that are grouped at most, evenly spread over the log: more would not move the means.
const MAX_USERS: usize = 20_000;
/// Users of whom one becomes the beginning of a cohort.
const CANDIDATES: usize = 4;
/// Rounds of k-means; it stops earlier when nobody moves.
const ROUNDS: usize = 20;

/// Users in groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cohorts {
    /// Mean of the members' user vectors, each of length 1.
    pub centroids: Vec<Vec<f32>>,
    /// The cohort of each user of the log; `None` where nothing is known of him.
    pub of_user: Vec<Option<usize>>,
}

/// Groups users by the direction of the vectors that a device would make of their histories: spherical k-means (Dhillon and Modha
/// 2001). A cohort of fewer than `min_users` is dissolved, its users going to the nearest
/// other one. `None` where fewer than two cohorts are left.
pub fn cohorts(log: &Interactions, vectors: &ItemVectors, tower: &TowerSpec, min_users: u32) -> Option<Cohorts> {
    let least = (min_users as usize).max(1);
    let users = user_vectors(log, vectors, tower);
    let wanted = (users.len() / (least * MEAN_SIZE)).min(MOST);
    let mut means = seeds(&users, wanted);
    let mut own = nearest(&users, &means);
    let mut rounds = 0;
    while means.len() > 1 {
        let sizes = sizes(&own, means.len());
        let smallest = (0..means.len()).min_by_key(|&place| sizes[place]).filter(|&place| sizes[place] < least);
        let moved = match smallest {
            Some(smallest) => {
                means.remove(smallest);
                own = nearest(&users, &means);
                means = means_of(&users, &own, means.len());
                nearest(&users, &means)
            }
            None if rounds < ROUNDS => {
                rounds += 1;
                means = means_of(&users, &own, means.len());
                nearest(&users, &means)
            }
            None => break,
        };
        let settled = smallest.is_none() && moved == own;
        own = moved;
        if settled {
            break;
        }
    }
    if means.len() < 2 {
        return None;
    }
    let mut of_user = vec![None; log.users.len()];
    users.iter().zip(&own).for_each(|((user, _), &cohort)| of_user[*user] = Some(cohort));
    Some(Cohorts { centroids: means_of(&users, &own, means.len()), of_user })
}

/// Users to begin at: out of a few more, evenly spread over the log, each time the one least like those that were chosen.
fn seeds(users: &[(usize, Vec<f32>)], wanted: usize) -> Vec<Vec<f32>> {
    let count = (wanted * CANDIDATES).min(users.len());
    let mut candidates: Vec<(f32, &Vec<f32>)> =
        (0..count).map(|place| (f32::NEG_INFINITY, &users[place * users.len() / count].1)).collect();
    let mut seeds: Vec<Vec<f32>> = Vec::new();
    while seeds.len() < wanted && !candidates.is_empty() {
        let least = (1..candidates.len())
            .fold(0, |least, place| if candidates[place].0 < candidates[least].0 { place } else { least });
        let seed = candidates.remove(least).1.clone();
        candidates.iter_mut().for_each(|(likeness, vector)| *likeness = likeness.max(cosine(vector, &seed)));
        seeds.push(seed);
    }
    seeds
}

/// Of vectors of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Vectors of length 1 of the users that have any, by user.
fn user_vectors(log: &Interactions, vectors: &ItemVectors, tower: &TowerSpec) -> Vec<(usize, Vec<f32>)> {
    let gram = gram(vectors);
    let vector_of = |item: Ordinal| {
        let row = vectors.row(item.place());
        row.iter().any(|&x| x != 0.0).then(|| row.to_vec())
    };
    let vector = |user: usize| {
        let known = known(log, user);
        let triggers = triggers(&known, &tower.triggers, &|_: EventKind| 1.0);
        let vector = UserVector::new(tower, Some(&gram), &vector_of, &triggers)?;
        Some((user, unit(vector.values().to_vec())?))
    };
    let count = log.users.len().min(MAX_USERS);
    (0..count).into_par_iter().filter_map(|place| vector(place * log.users.len() / count)).collect()
}

/// The events of a user as a device would know them, newest first.
fn known(log: &Interactions, user: usize) -> Vec<KnownEvent> {
    let newest = log.user(user).iter().filter_map(|event| event.minute).max();
    let event = |(source, event): (u32, &crate::model::Event)| KnownEvent {
        item: Ordinal(event.item),
        kind: EventKind::View,
        age: newest.zip(event.minute).map(|(now, minute)| now - minute),
        source,
    };
    (0..).zip(log.user(user).iter().rev()).map(event).collect()
}

/// Lower triangle of the Gram matrix of the item vectors, row by row.
fn gram(vectors: &ItemVectors) -> Vec<f32> {
    let dim = vectors.dim;
    let mut sums = vec![0f64; dim * (dim + 1) / 2];
    for row in vectors.rows.chunks(dim.max(1)) {
        let pairs = (0..dim).flat_map(|a| (0..=a).map(move |b| (a, b)));
        sums.iter_mut().zip(pairs).for_each(|(sum, (a, b))| *sum += f64::from(row[a]) * f64::from(row[b]));
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

/// The vector at length 1; `None` where it has none.
fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    (length > 0.0 && length.is_finite()).then_some(vector)
}

/// The mean of greatest cosine for each user; of equal ones the first.
fn nearest(users: &[(usize, Vec<f32>)], means: &[Vec<f32>]) -> Vec<usize> {
    let means: Vec<Vec<f32>> = means.iter().map(|mean| unit(mean.clone()).unwrap_or_default()).collect();
    let choose = |(_, vector): &(usize, Vec<f32>)| {
        let mut best = (0, f32::NEG_INFINITY);
        for (place, mean) in means.iter().enumerate() {
            let found = cosine(vector, mean);
            if found > best.1 {
                best = (place, found);
            }
        }
        best.0
    };
    users.par_iter().map(choose).collect()
}

fn sizes(own: &[usize], cohorts: usize) -> Vec<usize> {
    let mut sizes = vec![0; cohorts];
    own.iter().for_each(|&cohort| sizes[cohort] += 1);
    sizes
}

fn means_of(users: &[(usize, Vec<f32>)], own: &[usize], cohorts: usize) -> Vec<Vec<f32>> {
    let dim = users.first().map_or(0, |(_, vector)| vector.len());
    let mut sums = vec![vec![0f64; dim]; cohorts];
    for ((_, vector), &cohort) in users.iter().zip(own) {
        sums[cohort].iter_mut().zip(vector).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    let sizes = sizes(own, cohorts);
    let mean = |(sum, size): (Vec<f64>, usize)| sum.into_iter().map(|x| (x / size.max(1) as f64) as f32).collect();
    sums.into_iter().zip(sizes).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use edge_recall::format::manifest::{Decay, TowerKind, TriggerSpec};

    use super::*;
    use crate::stages::fixture::{checkerboard, log, on_threads};

    const TOWER: TowerSpec =
        TowerSpec { kind: TowerKind::Pool, triggers: TriggerSpec { window: 50, decay: Decay::None } };

    /// Even items point one way, odd ones another.
    fn two_ways(items: usize) -> ItemVectors {
        let rows = (0..items).flat_map(|item| if item % 2 == 0 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
        ItemVectors { dim: 2, rows }
    }

    #[test]
    fn people_of_like_taste_come_together() {
        let log = checkerboard(40, 20);
        let found = cohorts(&log, &two_ways(20), &TOWER, 5).expect("two tastes");
        for (user, cohort) in found.of_user.iter().enumerate() {
            let centroid = &found.centroids[cohort.expect("everybody met something")];
            let expected = if user % 2 == 0 { [1.0, 0.0] } else { [0.0, 1.0] };
            assert_eq!(centroid[..], expected, "user {user}");
        }
    }

    #[test]
    fn nobody_is_in_a_cohort_of_few() {
        for min_users in 1..25 {
            let Some(found) = cohorts(&checkerboard(43, 20), &two_ways(20), &TOWER, min_users) else {
                assert!(min_users > 5, "two tastes of 21 users each");
                continue;
            };
            for cohort in 0..found.centroids.len() {
                let members = found.of_user.iter().filter(|own| **own == Some(cohort)).count();
                assert!(members >= min_users as usize, "{members} of {min_users}");
            }
        }
    }

    #[test]
    fn a_small_taste_is_dissolved() {
        // Nine users like even items, two like odd ones; of the least size three there are not two cohorts.
        let even: &[u32] = &[0, 2];
        let rows: Vec<&[u32]> = (0..24).map(|user| if user % 12 == 11 { &[1, 3][..] } else { even }).collect();
        let found = cohorts(&log(4, &rows), &two_ways(4), &TOWER, 3);
        assert!(found.is_none_or(|found| found.centroids.iter().all(|mean| mean[0] > mean[1])));
    }

    #[test]
    fn without_vectors_there_are_none() {
        let nothing = ItemVectors { dim: 2, rows: vec![0.0; 40] };
        assert_eq!(cohorts(&checkerboard(40, 20), &nothing, &TOWER, 2), None);
        assert_eq!(cohorts(&log(20, &[]), &two_ways(20), &TOWER, 2), None);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let [one, three] = on_threads(|| cohorts(&checkerboard(200, 40), &two_ways(40), &TOWER, 4));
        assert!(one.is_some());
        assert_eq!(one, three);
    }
}
