//! Tests of `exposures.rs`: what counts as a click, and for which trigger.

use super::super::log::read_log;
use super::super::testing::Files;
use crate::config::{Config, InputConfig};
use crate::model::Interactions;

fn read(log: &str) -> Interactions {
    let files = Files::empty();
    read_log(&files.file("log.csv", log), &InputConfig::default(), files.strict()).unwrap().0
}

/// `user trigger>item`, with `+` where it was clicked.
fn told(log: &Interactions) -> Vec<String> {
    let key = |item: u32| log.items[item as usize].as_str();
    let exposures = log.exposures.iter();
    exposures
        .map(|it| {
            format!("{} {}>{}{}", it.user, it.trigger.map_or("", key), key(it.item), if it.clicked { "+" } else { "" })
        })
        .collect()
}

const HEADER: &str = "user,item,type,timestamp,trigger\n";

#[test]
fn a_click_follows_its_exposure_within_half_an_hour() {
    let rows = [
        "u0,a,view,1000,",
        "u0,b,shown,2000,a",
        "u0,c,impression,2000,a",
        "u0,d,Expose,2000,a",
        "u0,b,click,3799,",
        "u0,c,view,3801,",
        "u0,d,view,1999,",
        "u1,b,shown,2000,a",
        // Again and later: the half hour counts from the last time.
        "u1,b,shown,9000,a",
        "u1,b,cart,9500,",
        "u2,b,shown,2000,a",
    ];
    let log = read(&format!("{HEADER}{}\n", rows.join("\n")));
    assert_eq!(told(&log), ["0 a>b+", "1 a>b+", "2 a>b", "0 a>c", "0 a>d"]);
    assert_eq!(log.users, ["u0", "u1"], "who did nothing makes no user");
    let taken: Vec<bool> = log.user(1).iter().map(|event| event.taken).collect();
    assert_eq!(taken, [true]);
    let backward: Vec<&str> = rows.into_iter().rev().collect();
    assert_eq!(read(&format!("{HEADER}{}\n", backward.join("\n"))), log, "the order of rows changes nothing");
}

#[test]
fn a_click_that_names_its_trigger_counts_there_alone() {
    let rows = "u,a,view,1,\nu,b,view,2,\nu,c,shown,10,a\nu,c,shown,10,b\nu,c,shown,10,\nu,c,click,20,b\n";
    assert_eq!(told(&read(&format!("{HEADER}{rows}"))), ["0 >c", "0 a>c", "0 b>c+"]);
    let any = rows.replace("click,20,b", "click,20,");
    assert_eq!(told(&read(&format!("{HEADER}{any}"))), ["0 >c+", "0 a>c+", "0 b>c+"]);
}

#[test]
fn without_times_any_click_counts_and_items_that_nobody_met_are_left_out() {
    let log = read("user,item,type,trigger\nu,a,view,\nu,b,click,\nu,b,shown,a\nu,x,shown,a\nu,b,shown,x\n");
    assert_eq!((told(&log), log.items.len()), (vec!["0 a>b+".to_owned()], 2));
}

#[test]
fn a_trigger_that_is_no_key_is_a_bad_row() {
    let files = Files::empty();
    let path = files.file("log.csv", format!("{HEADER}u,a,view,1,\nu,b,shown,1,\"a\tb\"\n"));
    let (log, summary) = read_log(&path, &InputConfig::default(), files.lenient()).unwrap();
    assert_eq!((log.exposures.len(), summary.bad_rows.count()), (0, 1));
    assert!(summary.bad_rows.first()[0].reason.contains("trigger"), "{:?}", summary.bad_rows.first());
}

#[test]
fn what_is_given_a_weight_is_no_exposure() {
    let files = Files::empty();
    let config = Config::parse("[input]\ntrigger = \"beside\"\nweights = { shown = 1 }").unwrap();
    let rows = "user,item,type,beside\nu,a,view,\nu,b,shown,a\nu,c,impression,a\nu,c,click,a\n";
    let (log, _) = read_log(&files.file("log.csv", rows), &config.input, files.strict()).unwrap();
    assert_eq!((told(&log), log.items.len()), (vec!["0 a>c+".to_owned()], 3));
}
