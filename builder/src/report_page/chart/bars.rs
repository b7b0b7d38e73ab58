//! Bars from the left with what is uncertain about them: one system a row.

use anyhow::Result;
use maud::Markup;
use plotters::prelude::*;

use super::scale::{Scale, tick_text, ticks};
use super::{Anchor, GRID, INK, Label, MUTED, UNITS, done, line, svg, write};

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// What it is of.
    pub(crate) name: String,
    /// Its colour.
    pub(crate) colour: RGBColor,
    /// Its length.
    pub(crate) value: f64,
    /// Its 95 % confidence interval.
    pub(crate) interval: Option<[f64; 2]>,
    /// Its length in words.
    pub(crate) text: String,
}

const WIDTH: i32 = 520;
const ROW: i32 = 30;
const LEFT: i32 = 92;
const RIGHT: i32 = 64;
const TOP: i32 = 6;
const BOTTOM: i32 = 26;

/// Draws them in their order.
pub(crate) fn bars(bars: &[Bar], label: Label<'_>) -> Result<Markup> {
    let height = TOP + ROW * bars.len() as i32 + BOTTOM;
    svg((WIDTH, height), label, |canvas| {
        let top = bars.iter().map(|bar| bar.interval.map_or(bar.value, |[_, high]| high)).fold(0.0, f64::max);
        let ticks = ticks(top, 4);
        let (first, last) = (ticks[0], *ticks.last().unwrap_or(&1.0));
        let x = Scale { low: (first, LEFT * UNITS), high: (last, (WIDTH - RIGHT) * UNITS) };
        let floor = (height - BOTTOM) * UNITS;
        for &tick in &ticks {
            line(canvas, vec![(x.at(tick), TOP * UNITS), (x.at(tick), floor)], GRID, 2)?;
            write(canvas, &tick_text(tick, ticks[1]), (x.at(tick), floor + 13 * UNITS), Anchor::Middle, 11, MUTED)?;
        }
        for (row, bar) in (0..).zip(bars) {
            let middle = (TOP + ROW * row + ROW / 2) * UNITS;
            let half = 8 * UNITS;
            write(canvas, &bar.name, ((LEFT - 8) * UNITS, middle), Anchor::Right, 13, INK)?;
            let corners = [(x.at(0.0), middle - half), (x.at(bar.value), middle + half)];
            done(canvas.draw(&Rectangle::new(corners, bar.colour.filled())))?;
            let mut end = x.at(bar.value);
            if let Some([low, high]) = bar.interval {
                let (low, high) = (x.at(low), x.at(high));
                line(canvas, vec![(low, middle), (high, middle)], INK, 3)?;
                for at in [low, high] {
                    line(canvas, vec![(at, middle - 4 * UNITS), (at, middle + 4 * UNITS)], INK, 3)?;
                }
                end = end.max(high);
            }
            write(canvas, &bar.text, (end + 7 * UNITS, middle), Anchor::Left, 12, INK)?;
        }
        Ok(())
    })
}
