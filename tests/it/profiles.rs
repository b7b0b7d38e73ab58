//! Profiles of visitors who do anything at all: their blobs come back, and their caps and promises hold.

use std::collections::HashSet;

use edge_recall::ids::hash;
use edge_recall::profile::{EventKind, MAX_EXPOSURES, Profile};

use crate::dice::Dice;

/// Keys are few, so that events, exposures and forgetting meet the same items.
fn any_key(dice: &mut Dice) -> String {
    format!("item-{}", dice.below(40))
}

#[test]
fn any_profile_comes_back_from_its_blob() {
    let mut dice = Dice::new(0x9209);
    for _ in 0..60 {
        let (mut profile, mut acted, mut bought) = (Profile::default(), HashSet::new(), HashSet::new());
        let mut turn = 0;
        for step in 0..dice.below(150) as u32 {
            let key = any_key(&mut dice);
            let minute = step * 7 + dice.below(5) as u32;
            match dice.below(12) {
                0 => {
                    profile.forget(&key);
                    bought.remove(&hash(&[&key]));
                    acted.insert(key);
                }
                1..=4 => {
                    let page: Vec<String> = (0..dice.below(13)).map(|_| any_key(&mut dice)).collect();
                    profile.show(&page, minute);
                    for key in &page {
                        acted.remove(key);
                    }
                    turn += 1;
                }
                _ => {
                    let kind = *dice.pick(&EventKind::ALL);
                    profile.observe(kind, &key, minute).expect("a key");
                    turn = 0;
                    if kind == EventKind::Purchase {
                        bought.insert(hash(&[&key]));
                    }
                    if !matches!(kind, EventKind::View | EventKind::Hide) {
                        acted.insert(key);
                    }
                }
            }
            let traces = profile.traces(minute);
            assert_eq!(traces.turn, turn);
            let shown: HashSet<u32> = traces.exposures.iter().map(|&(item, _)| item).collect();
            assert!(acted.iter().all(|key| !shown.contains(&hash(&[key]))), "what was acted on since is not worn out");
            assert!(traces.exposures.len() <= MAX_EXPOSURES);
            assert_eq!(traces.purchased.iter().map(|&(item, _)| item).collect::<HashSet<u32>>(), bought);
        }
        assert_eq!(Profile::decode(&profile.encode()), Ok(profile));
    }
}
