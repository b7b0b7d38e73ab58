use super::*;
use crate::generate::Size;

fn law() -> Law {
    Law::new(Size { items: 5000, users: 2000, events: 40_000, days: 30, seed: 11 })
}

#[test]
fn a_life_is_in_order_and_as_long_as_promised() {
    let law = law();
    let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
    for user in 0..2000 {
        let life = law.life(user);
        assert!(life.windows(2).all(|pair| pair[0].second <= pair[1].second));
        let interactions = life.iter().filter(|it| it.kind != Kind::Shown).count();
        assert_eq!(interactions, law.activity(user) as usize);
        assert!(life.iter().all(|it| law.born(it.item) <= it.second), "nothing is met before it is born");
        life.iter().for_each(|it| *kinds.entry(it.kind.name()).or_default() += 1);
    }
    let of = |kind: &str| kinds[kind] as f64 / 40_000.0;
    assert!(of("view") > 0.85 && (0.1..0.5).contains(&of("shown")), "{kinds:?}");
    assert!((0.003..0.05).contains(&of("click")) && of("cart") > of("purchase") && of("purchase") > 0.01, "{kinds:?}");
}

#[test]
fn exposures_have_triggers_and_clicks_were_shown() {
    let law = law();
    let mut clicks = 0;
    for user in 0..2000 {
        let life = law.life(user);
        for it in &life {
            assert_eq!(it.trigger.is_some(), matches!(it.kind, Kind::Shown | Kind::Click), "{it:?}");
            if it.kind == Kind::Click {
                clicks += 1;
                let offered =
                    |shown: &Happening| (shown.kind, shown.item, shown.trigger) == (Kind::Shown, it.item, it.trigger);
                assert!(life.iter().any(offered), "{it:?}");
            }
        }
    }
    assert!(clicks > 100, "{clicks}");
}

#[test]
fn the_next_item_is_near_the_one_before() {
    let law = law();
    let (mut near, mut all) = (0, 0);
    for user in 0..2000 {
        let life: Vec<Happening> = law.life(user).into_iter().filter(|it| it.kind == Kind::View).collect();
        for pair in life.windows(2).filter(|pair| pair[1].second - pair[0].second < 200) {
            all += 1;
            near += usize::from(law.cluster_of(pair[0].item).abs_diff(law.cluster_of(pair[1].item)) < 4);
        }
    }
    assert!(near * 2 > all && all > 10_000, "{near} of {all}");
}

#[test]
fn held_out_items_are_the_newest_and_new() {
    let law = law();
    let mut found = 0;
    for user in 0..2000 {
        let Some(held) = law.held_out(user) else { continue };
        found += 1;
        assert!(!held.test.is_empty() && held.history.len() >= 3);
        assert!(held.history.iter().all(|it| !held.test.contains(&it.item) && it.kind != Kind::Shown));
        let last = held.history.last().unwrap().second;
        let test_in_life = |it: &Happening| held.test.contains(&it.item) && it.kind != Kind::Shown;
        assert!(law.life(user).iter().filter(|it| test_in_life(it)).all(|it| it.second >= last));
    }
    assert!(found > 1200, "{found}");
}
