//! Answers over a directory of two levels: what is missing makes them smaller and never wrong, what is masked stays away, and
//! what everyone likes needs no cell at all.

use edge_recall::format::ShardKind;
use edge_recall::ids::{ChannelId, Ordinal};
use edge_recall::recaller::Task;
use edge_recall::{Profile, Recaller, Request};

use crate::board::{self, ITEMS, text_key};
use crate::dice::Dice;
use crate::fixture::{Build, LARGE, MASKED, Recipe, context, keys_of, views};
use crate::visit::{AMPLE, label, visit};

#[test]
fn two_levels_answer_like_one() {
    let (two, one) = (Build::new(LARGE).open(), Build::new(Recipe { leaves: &[], ..LARGE }).open());
    for item in 0..ITEMS {
        let request = Request::recommend(views(&[&text_key(item), "b2"])).limit(20);
        let answer = two.finish(&request).expect("an answer");
        assert_eq!(Ok(&answer), one.finish(&request).as_ref());
        assert_eq!((answer.recommendations.len(), answer.diagnostics.cells), (12, 6));
    }
}

#[test]
fn a_missing_leaf_or_cell_only_makes_the_answer_smaller() {
    let build = Build::new(LARGE);
    let whole = build.open();
    let request = Request::recommend(views(&["b2"])).limit(50);
    let lists = whole.channel_lists(&request, 50);
    let score_of = |answer: &edge_recall::Response, key: &str| {
        answer.recommendations.iter().find(|result| result.key == key).map(|result| result.shares)
    };
    let full = whole.finish(&request).expect("an answer");
    for (name, kind, _) in &build.files {
        let recaller = build.open_without(&[*name]);
        let what = label(&build, *name);
        let answer = recaller.finish(&request).expect("an answer");
        assert!(answer.recommendations.len() <= full.recommendations.len(), "{what}");
        assert!(answer.recommendations.iter().all(|result| score_of(&full, &result.key).is_some()), "{what}");
        // Where the history's own cell is there, the other channels propose the same, as far as cells are there.
        if ["leaf 1", "vec 2", "i2i 2", "dir 0", "head 0"].contains(&what.as_str()) {
            continue;
        }
        for (list, whole) in recaller.channel_lists(&request, 50).iter().zip(&lists) {
            assert_eq!(list.channel, whole.channel);
            let mut expected = whole.candidates.clone();
            if list.channel == ChannelId::U2i {
                expected.retain(|candidate| recaller.embeddings().vector(candidate.item).is_some());
            }
            assert_eq!(list.candidates, expected, "{what}: {:?}", list.channel);
        }
        if matches!(kind, ShardKind::Leaf | ShardKind::Vec) {
            assert!(answer.diagnostics.cells < 6, "{what}");
        }
    }
}

#[test]
fn visits_without_a_file_still_answer() {
    let build = Build::new(LARGE);
    let request = Request::recommend(views(&["b2", "z9"])).budget(AMPLE).limit(12);
    for (name, kind, _) in &build.files {
        let mut recaller = build.closed();
        visit(&build, &mut recaller, &request, &[*name], &mut |_, _| ());
        let answer = recaller.finish(&request).expect("an answer");
        // Everyone's list is shown as long as the head is there.
        let least = if *kind == ShardKind::Head { 0 } else { 12 };
        assert!(answer.recommendations.len() >= least, "without {}", label(&build, *name));
    }
}

fn head_alone(build: &Build) -> Recaller {
    let mut recaller = build.closed();
    for name in [build.manifest.head.name, build.manifest.dir.name] {
        recaller.attach(name, build.bytes(name)).expect("a sound file");
    }
    recaller
}

#[test]
fn what_everyone_likes_needs_no_cell() {
    let build = Build::new(LARGE);
    let mut recaller = head_alone(&build);
    let answer = recaller.finish(&Request::trending().limit(50)).expect("an answer");
    assert_eq!(keys_of(&answer).join(" "), "d3 d2 d1 c3 c2 c1 b3 b2 b1 a3 a2 a1");
    assert_eq!(answer.diagnostics.cells, 0);
    let adult = Request::trending().context(context(&[("age", "18")])).limit(50);
    assert_eq!(keys_of(&recaller.finish(&adult).expect("an answer")).len(), 12, "the list is not here yet");
    let crowds = build.names(ShardKind::Crowds)[0];
    recaller.attach(crowds, build.bytes(crowds)).expect("a sound file");
    let answer = recaller.finish(&adult).expect("an answer");
    let filled = "b2 a1 a2 a3 b1 b3 c1 c2 c3 d1 d2 d3";
    assert_eq!(keys_of(&answer).join(" "), filled, "the list, then what is known; how popular it is, cells tell");
    // Without known keys there is nothing to show before the cells are here.
    let unknown = head_alone(&Build::new(Recipe { known: false, ..LARGE }));
    assert_eq!(keys_of(&unknown.finish(&Request::trending()).expect("an answer")), [""; 0]);
}

#[test]
fn masked_items_never_come_back() {
    let build = Build::new(MASKED);
    let gone: Vec<String> = MASKED.masked.iter().map(|&item| text_key(item)).collect();
    let leaf_of_the_masked = build.names(ShardKind::Leaf)[2];
    let head = build.manifest.head.name;
    let mut dice = Dice::new(0x3A5);
    for recaller in [build.open(), head_alone(&build), build.open_without(&[leaf_of_the_masked])] {
        for _ in 0..150 {
            let keys: Vec<String> = (0..dice.below(4)).map(|_| text_key(dice.below(ITEMS as usize) as u32)).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let request = match dice.below(3) {
                0 => Request::recommend(views(&keys)),
                1 => Request::similar(views(&keys)),
                _ => Request::trending(),
            };
            let pairs: &[(&str, &str)] = if dice.below(2) == 0 { &[] } else { &[("age", "18"), ("sex", "F")] };
            let context = context(pairs);
            let answer = recaller.finish(&request.context(context).limit(50)).expect("an answer");
            assert!(
                keys_of(&answer).iter().all(|key| !gone.iter().any(|masked| masked == key)),
                "{:?}",
                keys_of(&answer)
            );
        }
    }
    // A masked item is still one that someone may have viewed: what goes with it is proposed.
    let by_masked = build.open().finish(&Request::similar(views(&[&gone[0]])).limit(50)).expect("an answer");
    assert!(keys_of(&by_masked).contains(&"d1") && build.open().find(&gone[0]).is_some());
    // The leaf's own mask is enough once it is here, whatever the head says.
    let unmasked = Build::new(Recipe { masked: &[], ..MASKED });
    let leaf_only = build.open_without(&[head]);
    assert!(
        leaf_only
            .channel_lists(&Request::recommend(views(&["b2"])), 50)
            .iter()
            .all(|list| { list.candidates.iter().all(|candidate| !MASKED.masked.contains(&candidate.item.0)) })
    );
    assert_eq!(keys_of(&unmasked.open().finish(&Request::trending()).expect("an answer"))[0], "d3");
}

#[test]
fn display_fields_come_for_the_winners() {
    let build = Build::new(LARGE);
    let mut recaller = build.open_without(&build.names(ShardKind::Card));
    let winners = ["c3", "a1", "a2", "z9"].map(str::to_owned);
    assert!(winners.iter().all(|key| recaller.display(key).is_none()));
    let wanted = recaller.plan_display(&winners);
    let cards = build.names(ShardKind::Card);
    assert_eq!(
        wanted.iter().map(|file| (file.name, file.kind)).collect::<Vec<_>>(),
        [4, 0].map(|cell| (cards[cell], ShardKind::Card))
    );
    for file in &wanted {
        assert_eq!(build.bytes(file.name).len(), file.bytes as usize);
        recaller.attach(file.name, build.bytes(file.name)).expect("a sound file");
    }
    assert_eq!(recaller.plan_display(&winners), []);
    for key in &winners[..3] {
        let fields = board::fields(board::square(key));
        assert_eq!(recaller.display(key), Some(fields.iter().map(String::as_str).collect()));
    }
    assert_eq!((recaller.display("z9"), recaller.display("b2")), (None, None));
    // Known by the head alone: the leaves come first, which name the files.
    let leaves = head_alone(&build).plan_display(&winners);
    assert!(!leaves.is_empty() && leaves.iter().all(|file| file.kind == ShardKind::Leaf), "{leaves:?}");
    assert_eq!(recaller.manifest().fields, ["title", "note"]);
}

#[test]
fn gains_are_those_of_the_cells() {
    let build = Build::new(LARGE);
    let recaller = build.open_without(&[build.names(ShardKind::Vec)[0]]);
    for item in 0..ITEMS {
        assert_eq!(recaller.gain(Ordinal(item)), (item > 1).then(|| board::gain(item)));
    }
    assert_eq!(Build::new(Recipe { extras: false, ..LARGE }).open().gain(Ordinal(3)), None);
}

#[test]
fn an_empty_profile_asks_for_nothing_beyond_the_lists() {
    let build = Build::new(LARGE);
    let request = Request::of_profile(Task::Recommend, &Profile::default(), &[], &[], 0).budget(AMPLE);
    let mut recaller = build.closed();
    visit(&build, &mut recaller, &request, &[], &mut |_, _| ());
    let answer = recaller.finish(&request).expect("an answer");
    assert_eq!((answer.recommendations.len(), answer.diagnostics.cells), (10, 0));
}
