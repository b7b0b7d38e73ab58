//! What the tuner tried, trial by trial, and the best so far of each decision.

use anyhow::Result;
use maud::Markup;
use plotters::prelude::*;

use super::scale::{Scale, tick_text, ticks};
use super::{Anchor, FUSED, GRID, INK, Label, MUTED, OTHER, UNITS, done, line, svg, write};

/// Consecutive trials of one decision.
#[derive(Clone, Debug)]
pub(crate) struct Stretch<'a> {
    /// What was decided.
    pub(crate) name: &'a str,
    /// Quality of each trial.
    pub(crate) values: Vec<f64>,
}

const WIDTH: i32 = 1060;
const HEIGHT: i32 = 280;
const LEFT: i32 = 50;
const RIGHT: i32 = 14;
const TOP: i32 = 30;
const BOTTOM: i32 = 38;

/// Draws all trials in order.
pub(crate) fn trials(stretches: &[Stretch<'_>], label: Label<'_>) -> Result<Markup> {
    svg((WIDTH, HEIGHT), label, |canvas| {
        let count: usize = stretches.iter().map(|stretch| stretch.values.len()).sum();
        let top = stretches.iter().flat_map(|stretch| &stretch.values).copied().fold(0.0, f64::max);
        let ticks = ticks(top, 5);
        let floor = (HEIGHT - BOTTOM) * UNITS;
        let y = Scale { low: (0.0, floor), high: (*ticks.last().unwrap_or(&1.0), TOP * UNITS) };
        let x = Scale { low: (0.0, LEFT * UNITS), high: (count.max(1) as f64, (WIDTH - RIGHT) * UNITS) };
        for &tick in &ticks {
            line(canvas, vec![(LEFT * UNITS, y.at(tick)), ((WIDTH - RIGHT) * UNITS, y.at(tick))], GRID, 2)?;
            write(canvas, &tick_text(tick, ticks[1]), ((LEFT - 7) * UNITS, y.at(tick)), Anchor::Right, 11, MUTED)?;
        }
        let mut first = 0;
        for stretch in stretches {
            let (from, to) = (x.at(first as f64), x.at((first + stretch.values.len()) as f64));
            line(canvas, vec![(from, (TOP - 14) * UNITS), (from, floor)], GRID, 2)?;
            let room = stretch.name.chars().count() as i32 * 7 * UNITS;
            if to - from > room {
                write(canvas, stretch.name, (from + 5 * UNITS, (TOP - 12) * UNITS), Anchor::Left, 12, INK)?;
            }
            let mut best = f64::NEG_INFINITY;
            let mut steps = Vec::new();
            for (place, &value) in stretch.values.iter().enumerate() {
                let middle = x.at((first + place) as f64 + 0.5);
                done(canvas.draw(&Circle::new((middle, y.at(value)), 5, OTHER.filled())))?;
                best = best.max(value);
                steps.extend([
                    (x.at((first + place) as f64), y.at(best)),
                    (x.at((first + place + 1) as f64), y.at(best)),
                ]);
            }
            line(canvas, steps, FUSED, 4)?;
            first += stretch.values.len();
        }
        let axis = format!("{count} trials in their order; the line is the best so far of each decision");
        write(canvas, &axis, ((LEFT + WIDTH - RIGHT) / 2 * UNITS, floor + 20 * UNITS), Anchor::Middle, 12, MUTED)
    })
}
