//! Lines over points that are named below the axis, each value with its interval.

use anyhow::Result;
use maud::Markup;
use plotters::style::RGBColor;

use super::scale::{Scale, tick_text, ticks};
use super::{Anchor, GRID, INK, Label, MUTED, Mark, UNITS, legend, line, mark, svg, write};

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// What it is of.
    pub(crate) name: String,
    /// Its colour.
    pub(crate) colour: RGBColor,
    /// Its mark.
    pub(crate) mark: Mark,
    /// Means and their intervals, one for each point; a mean of one value has none.
    pub(crate) values: Vec<(f64, Option<[f64; 2]>)>,
}

/// What the points are.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    /// Places from 0 to 1 along the axis.
    pub(crate) places: Vec<f64>,
    /// Two lines below each; an empty name is left out.
    pub(crate) names: Vec<[String; 2]>,
    /// What the axis is of.
    pub(crate) axis: String,
}

const WIDTH: i32 = 520;
const HEIGHT: i32 = 300;
const LEFT: i32 = 50;
const RIGHT: i32 = 22;
const TOP: i32 = 34;
const BOTTOM: i32 = 62;

/// Draws all series over the same points. The values begin at 0, so that heights can be compared.
pub(crate) fn lines(points: &Points, series: &[Series], label: Label<'_>) -> Result<Markup> {
    svg((WIDTH, HEIGHT), label, |canvas| {
        let highest = |(mean, interval): &(f64, Option<[f64; 2]>)| interval.map_or(*mean, |[_, high]| high);
        let top = series.iter().flat_map(|series| &series.values).map(highest).fold(0.0, f64::max);
        let ticks = ticks(top, 5);
        let (floor, last) = ((HEIGHT - BOTTOM) * UNITS, *ticks.last().unwrap_or(&1.0));
        let y = Scale { low: (0.0, floor), high: (last, TOP * UNITS) };
        let x = Scale { low: (0.0, (LEFT + 24) * UNITS), high: (1.0, (WIDTH - RIGHT - 24) * UNITS) };
        for &tick in &ticks {
            line(canvas, vec![(LEFT * UNITS, y.at(tick)), ((WIDTH - RIGHT) * UNITS, y.at(tick))], GRID, 2)?;
            write(canvas, &tick_text(tick, ticks[1]), ((LEFT - 7) * UNITS, y.at(tick)), Anchor::Right, 11, MUTED)?;
        }
        for (place, [name, more]) in points.places.iter().zip(&points.names) {
            write(canvas, name, (x.at(*place), floor + 14 * UNITS), Anchor::Middle, 12, INK)?;
            write(canvas, more, (x.at(*place), floor + 30 * UNITS), Anchor::Middle, 10, MUTED)?;
        }
        write(
            canvas,
            &points.axis,
            ((LEFT + WIDTH - RIGHT) / 2 * UNITS, floor + 50 * UNITS),
            Anchor::Middle,
            12,
            MUTED,
        )?;
        // Side by side, so that no whisker hides another; the first series is drawn last, over the rest.
        let shift = |at: usize| (2 * at as i32 - (series.len() as i32 - 1)) * 3 * UNITS / 2;
        for (at, series) in series.iter().enumerate().rev() {
            let place = |place: f64, value: f64| (x.at(place) + shift(at), y.at(value));
            let means: Vec<(i32, i32)> =
                points.places.iter().zip(&series.values).map(|(at, (mean, _))| place(*at, *mean)).collect();
            line(canvas, means.clone(), series.colour, 4)?;
            for (&(x, _), (_, interval)) in means.iter().zip(&series.values) {
                if let Some([low, high]) = interval {
                    line(canvas, vec![(x, y.at(*low)), (x, y.at(*high))], series.colour, 3)?;
                }
            }
            for at in means {
                mark(canvas, series.mark, at, series.colour)?;
            }
        }
        let entries: Vec<_> = series.iter().map(|series| (series.name.as_str(), series.mark, series.colour)).collect();
        legend(canvas, &entries, (LEFT * UNITS, 12 * UNITS))
    })
}
