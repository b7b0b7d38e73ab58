//! What JavaScript hears, as bytes: columns of numbers, then texts. Decides nothing.

use crate::listed::Listed;
use crate::recaller::{Diagnostics, Explanation, Recaller, Request, Response, Task};

/// Between texts that hold lines themselves.
const NEXT: u8 = 0x1E;

/// An answer: the numbers of results, reasons and cells; of each result score, shares; of each reason its share; of each
/// result channels, ranks and number of reasons; of each reason its channel. Then texts: keys, seeds and event types, a line each.
pub fn put(to: &mut Vec<u8>, request: &Request, response: &Response) {
    let list = &response.recommendations;
    let mut reasons = Vec::new();
    for r in list {
        reasons.extend_from_slice(&r.why);
    }
    for number in [list.len() as u32, reasons.len() as u32, response.diagnostics.cells] {
        to.extend_from_slice(&number.to_le_bytes());
    }
    for r in list {
        put_float(to, r.score);
    }
    for r in list {
        for &share in &r.shares {
            put_float(to, share);
        }
    }
    for why in &reasons {
        put_float(to, why.share);
    }
    for r in list {
        put_short(to, r.channels.0);
    }
    for r in list {
        for &rank in &r.ranks {
            put_short(to, rank);
        }
    }
    for r in list {
        to.push(r.why.len() as u8);
    }
    for why in &reasons {
        to.push(why.channel as u8);
    }
    for r in list {
        put_line(to, &r.key);
    }
    to.push(NEXT);
    let mut types = Vec::new();
    for why in &reasons {
        let event = why.trigger.and_then(|place| request.history.get(place as usize));
        put_line(to, event.map_or("", |event| event.key.as_str()));
        // A seed was given, not touched: it has no event.
        let touched = event.filter(|_| request.task != Task::Similar);
        put_line(&mut types, touched.map_or("", |event| event.kind.name()));
    }
    to.push(NEXT);
    to.extend_from_slice(&types);
}

/// An explanation: the number of the place, counted from 1, and of what holds the item back; then an answer of it alone.
pub fn put_explanation(to: &mut Vec<u8>, request: &Request, explanation: Explanation) {
    for number in [explanation.place.map_or(0, |place| place + 1), explanation.held.map_or(0, |held| held as u32)] {
        to.extend_from_slice(&number.to_le_bytes());
    }
    let recommendations = explanation.recommendation.into_iter().listed();
    put(to, request, &Response { recommendations, diagnostics: Diagnostics::default() });
}

/// The display fields of items: for each item a line, its fields with a unit separator (U+001F) after each.
pub fn put_fields(to: &mut Vec<u8>, recaller: &Recaller, keys: &[String]) {
    for key in keys {
        for field in recaller.display(key).unwrap_or_default() {
            to.extend_from_slice(field.as_bytes());
            to.push(0x1F);
        }
        to.push(b'\n');
    }
    to.push(NEXT);
}

fn put_float(to: &mut Vec<u8>, number: f32) {
    to.extend_from_slice(&number.to_le_bytes());
}

fn put_short(to: &mut Vec<u8>, number: u16) {
    to.extend_from_slice(&number.to_le_bytes());
}

fn put_line(to: &mut Vec<u8>, line: &str) {
    to.extend_from_slice(line.as_bytes());
    to.push(b'\n');
}
