//! Lorenz curves: which part of all recommendations goes to which part of the catalogue.

use anyhow::Result;
use maud::Markup;
use plotters::style::RGBColor;

use super::scale::Scale;
use super::{Anchor, GRID, Label, MUTED, Mark, OTHER, UNITS, legend, line, mark, svg, write};

/// One curve.
#[derive(Clone, Debug)]
pub(crate) struct Curve<'a> {
    /// What it is of.
    pub(crate) name: &'a str,
    /// Its colour.
    pub(crate) colour: RGBColor,
    /// Its mark.
    pub(crate) mark: Mark,
    /// Parts of the recommendations in equal steps of the catalogue.
    pub(crate) parts: &'a [f64],
}

const WIDTH: i32 = 520;
const HEIGHT: i32 = 360;
const LEFT: i32 = 50;
const RIGHT: i32 = 22;
const TOP: i32 = 34;
const BOTTOM: i32 = 46;

/// Draws the curves and the line on which all items would be recommended alike.
pub(crate) fn lorenz(curves: &[Curve<'_>], label: Label<'_>) -> Result<Markup> {
    svg((WIDTH, HEIGHT), label, |canvas| {
        let floor = (HEIGHT - BOTTOM) * UNITS;
        let x = Scale { low: (0.0, LEFT * UNITS), high: (1.0, (WIDTH - RIGHT) * UNITS) };
        let y = Scale { low: (0.0, floor), high: (1.0, TOP * UNITS) };
        for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let text = format!("{:.0} %", tick * 100.0);
            line(canvas, vec![(x.at(0.0), y.at(tick)), (x.at(1.0), y.at(tick))], GRID, 2)?;
            write(canvas, &text, (x.at(0.0) - 7 * UNITS, y.at(tick)), Anchor::Right, 11, MUTED)?;
            write(canvas, &text, (x.at(tick), floor + 13 * UNITS), Anchor::Middle, 11, MUTED)?;
        }
        let axis = "part of the catalogue, least recommended first";
        write(canvas, axis, ((x.at(0.0) + x.at(1.0)) / 2, floor + 33 * UNITS), Anchor::Middle, 12, MUTED)?;
        line(canvas, vec![(x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0))], OTHER, 2)?;
        write(canvas, "all alike", (x.at(0.46), y.at(0.53)), Anchor::Right, 11, MUTED)?;
        for curve in curves.iter().rev().filter(|curve| curve.parts.len() > 1) {
            let steps = (curve.parts.len() - 1) as f64;
            let points: Vec<(i32, i32)> =
                (0..).zip(curve.parts).map(|(step, part)| (x.at(f64::from(step) / steps), y.at(*part))).collect();
            // Marks where the curve has risen enough to tell it from the others.
            let marks: Vec<(i32, i32)> = [0.03, 0.2, 0.6]
                .iter()
                .filter_map(|part| Some(points[curve.parts.iter().position(|at| at >= part)?]))
                .collect();
            line(canvas, points, curve.colour, 5)?;
            for at in marks {
                mark(canvas, curve.mark, at, curve.colour)?;
            }
        }
        let entries: Vec<_> = curves.iter().map(|curve| (curve.name, curve.mark, curve.colour)).collect();
        legend(canvas, &entries, (LEFT * UNITS, 12 * UNITS))
    })
}
