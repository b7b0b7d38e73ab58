//! Charts as SVG inside the page. Owns the canvas, its colours and its text; each chart has a file of its own.
//!
//! Colours are written as they are on white paper. The style sheet of the page finds them by their values and gives them
//! others in the dark (`style.css`), so that a chart saved alone still has its own.

pub(super) mod bars;
pub(super) mod lines;
pub(super) mod lorenz;
pub(super) mod scale;
pub(super) mod trials;

use anyhow::{Result, anyhow};
use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Text and whiskers.
pub(super) const INK: RGBColor = RGBColor(0x1B, 0x1F, 0x24);
/// Secondary text.
pub(super) const MUTED: RGBColor = RGBColor(0x5B, 0x64, 0x70);
/// Lines of the grid.
pub(super) const GRID: RGBColor = RGBColor(0xD9, 0xDE, 0xE4);
/// What ships. The four colours differ in lightness as well as in hue, and each has a mark of its own.
pub(super) const FUSED: RGBColor = RGBColor(0x00, 0x5A, 0xB5);
/// A channel alone.
pub(super) const CHANNEL: RGBColor = RGBColor(0x00, 0x9E, 0x8C);
/// Item CF.
pub(super) const ITEM_CF: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// Popularity, and whatever else is there to compare with.
pub(super) const OTHER: RGBColor = RGBColor(0x7A, 0x82, 0x8C);

/// Units of a drawing in one pixel of the page: plotters places everything on whole units.
pub(super) const UNITS: i32 = 2;

/// A drawing in the making.
pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What a reader who does not see the drawing is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label<'a> {
    /// Unique in the page.
    pub(super) id: &'a str,
    /// What is drawn.
    pub(super) title: &'a str,
    /// What there is to see.
    pub(super) description: &'a str,
}

/// Draws on a canvas of `width` x `height` pixels and wraps it as an image with its label.
pub(super) fn svg(
    (width, height): (i32, i32),
    label: Label<'_>,
    draw: impl FnOnce(&Canvas<'_>) -> Result<()>,
) -> Result<Markup> {
    let (wide, high) = ((width * UNITS) as u32, (height * UNITS) as u32);
    let mut drawn = String::new();
    {
        let canvas = SVGBackend::with_string(&mut drawn, (wide, high)).into_drawing_area();
        draw(&canvas)?;
        done(canvas.present())?;
    }
    // The library's own first tag has a size in pixels and no label.
    let inside = drawn.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>")).map(|(inside, _)| inside);
    let inside = inside.ok_or_else(|| anyhow!("the chart `{}` was not drawn", label.title))?;
    let (title, description) = (format!("{}-title", label.id), format!("{}-text", label.id));
    Ok(html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (wide) " " (high) } role="img"
            aria-labelledby=(title) aria-describedby=(description) {
            title id=(title) { (label.title) }
            desc id=(description) { (label.description) }
            (PreEscaped(inside))
        }
    })
}

/// A failure of the library as one of ours.
pub(super) fn done<T, E: std::error::Error + Send + Sync>(result: Result<T, DrawingAreaErrorKind<E>>) -> Result<T> {
    result.map_err(|error| anyhow!("cannot draw a chart: {error}"))
}

/// Where text lies relative to its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// Writes at a point of the canvas, centred in height; `size` in pixels of the page.
pub(super) fn write(
    canvas: &Canvas<'_>,
    text: &str,
    at: (i32, i32),
    anchor: Anchor,
    size: i32,
    colour: RGBColor,
) -> Result<()> {
    let horizontal = match anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    // The SVG backend divides by this.
    let size = f64::from(size * UNITS) * 1.24;
    let style = ("sans-serif", size).into_font().color(&colour).pos(Pos::new(horizontal, VPos::Center));
    done(canvas.draw(&Text::new(text.to_owned(), at, style)))
}

/// A straight line on the canvas.
pub(super) fn line(canvas: &Canvas<'_>, points: Vec<(i32, i32)>, colour: RGBColor, width: u32) -> Result<()> {
    done(canvas.draw(&PathElement::new(points, colour.stroke_width(width))))
}

/// The mark of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Circle,
    Triangle,
    Square,
    Cross,
}

/// Draws a mark at a point of the canvas.
pub(super) fn mark(canvas: &Canvas<'_>, mark: Mark, (x, y): (i32, i32), colour: RGBColor) -> Result<()> {
    let size = 5 * UNITS;
    match mark {
        Mark::Circle => done(canvas.draw(&Circle::new((x, y), size, colour.filled()))),
        Mark::Triangle => done(canvas.draw(&TriangleMarker::new((x, y), size + UNITS, colour.filled()))),
        Mark::Square => done(
            canvas.draw(&Rectangle::new([(x - size + 1, y - size + 1), (x + size - 1, y + size - 1)], colour.filled())),
        ),
        Mark::Cross => done(canvas.draw(&Cross::new((x, y), size - 1, colour.stroke_width(5)))),
    }
}

/// Name, mark and colour of each series, in one row from the left.
pub(super) fn legend(canvas: &Canvas<'_>, entries: &[(&str, Mark, RGBColor)], at: (i32, i32)) -> Result<()> {
    let mut x = at.0 + 6 * UNITS;
    for (name, shape, colour) in entries {
        mark(canvas, *shape, (x, at.1), *colour)?;
        write(canvas, name, (x + 11 * UNITS, at.1), Anchor::Left, 12, INK)?;
        // A little more than letters of this size take on average.
        x += (name.chars().count() as i32 * 7 + 34) * UNITS;
    }
    Ok(())
}
