//! What was shown beside what, and clicked: from a log with exposures to answers that name the channel `rank`.

use std::fmt::Write;

use serde_json::Value;

use crate::logs::Dice;
use crate::place::Place;

/// Items of a community: the even ones are of this season, the odd ones of the last, which sold better.
const ITEMS: u32 = 60;

/// An item of a community that is not yet among `met`.
fn draw(dice: &mut Dice, met: &mut Vec<u32>, community: u32, side: u32) -> u32 {
    loop {
        let item = community * ITEMS + dice.roll(ITEMS / 2) * 2 + side;
        if !met.contains(&item) {
            met.push(item);
            return item;
        }
    }
}

/// Visitors of four communities met nine items of the last season and five of this one, in any order; then six of both were shown to
/// them beside the newest item, and they clicked three of this season.
fn seasons(users: u32) -> String {
    let mut dice = Dice::new(3);
    let mut log = String::from("user,item,type,timestamp,trigger\n");
    for user in 0..users {
        let (community, mut met) = (user % 4, Vec::new());
        let mut time = 1_700_000_000 + dice.roll(40) * 86_400;
        let mut sides = [1, 1, 0].repeat(4);
        sides.extend([1, 0]);
        let mut newest = 0;
        for _ in 0..14 {
            let side = sides.swap_remove(dice.roll(sides.len() as u32) as usize);
            newest = draw(&mut dice, &mut met, community, side);
            writeln!(log, "u{user},i{newest},view,{time},").unwrap();
            time += 3_600;
        }
        for place in 0..12 {
            let item = draw(&mut dice, &mut met, community, place % 2);
            writeln!(log, "u{user},i{item},impression,{time},i{newest}").unwrap();
            if place % 4 == 0 {
                writeln!(log, "u{user},i{item},click,{},", time + 60 + place).unwrap();
            }
        }
    }
    log
}

/// The findings that speak of the channel.
fn findings(answer: &Value) -> Vec<&str> {
    let all = answer["tuning"]["findings"].as_array().unwrap().iter().map(|finding| finding.as_str().unwrap());
    all.filter(|finding| finding.contains("`rank`")).collect()
}

const CONFIG: &str = "[model]\ndim = 8\nbits = 8\ntune_seconds = 20\n";

#[test]
fn what_is_clicked_where_it_is_shown_is_recommended() {
    let place = Place::new();
    place.file("log.csv", seasons(300)).file("recall.toml", CONFIG);
    let answer = place.json("build --log log.csv --out out --config recall.toml --budget 40kB");
    assert_eq!(
        findings(&answer),
        ["channel `rank` is tried: the log tells what was shown, and what of it was clicked"]
    );
    let tables = answer["tables"].as_array().unwrap();
    assert!(tables.iter().any(|table| table[0] == "rank"), "{:#}", answer["tuning"]);
    assert_eq!(answer["input"]["log"]["not_positive"]["impression"], 3_600);
    let asked = place.json("recommend out --history i1,i3,i2,i5 -k 8");
    let results = asked["results"].as_array().unwrap();
    let of_rank = |result: &&Value| result["channels"].to_string().contains("\"rank\"");
    assert!(results.iter().filter(of_rank).count() >= 4, "{asked:#}");
    let number = |result: &Value| result["id"].as_str().unwrap()[1..].parse::<u32>().unwrap();
    assert!(results.iter().all(|result| number(result) < ITEMS && number(result) % 2 == 0), "{asked:#}");
    place.json("build --log log.csv --out again --config recall.toml --like out");
    assert!(place.files("again") == place.files("out"), "the recipe is kept whole");
}

#[test]
fn a_log_that_tells_no_clicks_has_no_such_channel() {
    let place = Place::new();
    let log = seasons(120);
    let rows = log.lines().filter(|line| !line.contains("impression"));
    let plain: String = rows.map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",") + "\n").collect();
    place.file("log.csv", plain).file("recall.toml", CONFIG);
    let answer = place.json("build --log log.csv --out out --config recall.toml");
    assert!(findings(&answer)[0].starts_with("there is no channel `rank`: the log tells neither"), "{answer:#}");
    let served = [&answer["tables"], &answer["weights"]];
    assert!(served.iter().all(|said| !said.to_string().contains("rank")), "{answer:#}");
}
