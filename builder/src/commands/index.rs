//! `edge-recall index`: one file of vectors to search by themselves. Owns where the vectors come from; the file is made in
//! `vector_index`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use edge_recall::format::codes::{Code, Metric};
use edge_recall::format::graph::MAX_WIDTH;
use edge_recall::ids::Ordinal;
use serde::Serialize;

use super::Context;
use super::pack::MetricArg;
use crate::cli::WrongUse;
use crate::interchange::npy::Array;
use crate::interchange::{Sources, read};
use crate::model::ItemVectors;
use crate::open::Folder;
use crate::progress::StageTime;
use crate::vector_index::graph::{GraphParams, MANY_ROWS, make_linked};
use crate::vector_index::{IndexFile, IndexParams, default_cells, make};

/// Make one file of vectors to search by themselves, without a build.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = HELP)]
pub struct IndexArgs {
    /// The vectors: an array of NumPy (.npy), a table with columns item and vector, or a build (a directory with recall.json)
    #[arg(value_name = "VECTORS")]
    pub vectors: PathBuf,
    /// Names of the rows of an array of NumPy, one a line; without it a row's number is its id
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// File to write
    #[arg(long, value_name = "FILE.er")]
    pub out: PathBuf,
    /// How rows are stored: fewer bits take fewer bytes and find less
    #[arg(long, value_enum, default_value = "int8")]
    pub code: CodeArg,
    /// Keep the rows in this finer code, too, and score the best of a search by it once more
    #[arg(long, value_enum, value_name = "CODE")]
    pub rescore: Option<CodeArg>,
    /// How a search finds its way
    #[arg(long, value_enum, default_value = "cells")]
    pub kind: KindArg,
    /// Cells of an index of that kind [default: about 1.6 times the root of the number of rows, as a power of two]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub cells: Option<u32>,
    /// Share of the best that searches find on average, unless they say themselves how many cells to look into
    #[arg(long, value_name = "SHARE", default_value_t = 0.97, value_parser = share)]
    pub recall: f64,
    /// Rows that a search of kind hnsw holds on its way; it finds no more than these [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_WIDTH)))]
    pub ef: Option<u32>,
    /// Rows that a build of kind hnsw holds while it looks for the links of one: more find more, and take longer [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub ef_construction: Option<u32>,
    /// How vectors are compared [default: dot, or what a build says]
    #[arg(long, value_enum)]
    pub metric: Option<MetricArg>,
}

/// How a row is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CodeArg {
    /// Half precision: 2 bytes a number
    F16,
    /// 8 bits a number
    Int8,
    /// 4 bits a number
    Int4,
    /// 2 bits a number
    Int2,
}

/// How a search finds its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// It looks into the most promising cells
    Cells,
    /// It scans everything
    Flat,
    /// It follows the links of a graph: for up to 100,000 vectors in clusters, see docs/hnsw.md
    Hnsw,
}

/// The answer of the command.
#[derive(Debug, Serialize)]
struct Answer {
    out: String,
    rows: usize,
    dim: usize,
    code: &'static str,
    cells: usize,
    /// Cells that hold enough of the best 10, and of the best 100.
    probes: [u32; 2],
    bytes: usize,
    bytes_per_vector: f64,
    stages: Vec<StageTime>,
}

/// Makes the file.
pub fn run(args: &IndexArgs, context: &Context) -> Result<()> {
    let (code, rescore) = (code_of(args.code), args.rescore.map(code_of));
    if rescore.is_some_and(|fine| fine.bits() <= code.bits()) {
        return Err(WrongUse("--rescore takes a finer code than --code".into()).into());
    }
    if args.kind != KindArg::Hnsw && args.ef.or(args.ef_construction).is_some() {
        return Err(WrongUse("--ef and --ef-construction go with --kind hnsw; leave them away".into()).into());
    }
    if args.kind != KindArg::Cells && args.cells.is_some() {
        return Err(WrongUse("--cells goes with --kind cells; leave one of them away".into()).into());
    }
    let bar = context.progress.spinner("vectors");
    let (vectors, names, metric) = vectors(args, context)?;
    drop(bar);
    let rows = vectors.rows.len() / vectors.dim.max(1);
    let cells = match args.kind {
        KindArg::Flat | KindArg::Hnsw => 1,
        KindArg::Cells => args.cells.map_or_else(|| default_cells(rows), |cells| (cells as usize).min(rows)),
    };
    let params = IndexParams { code, rescore, metric, cells, recall: args.recall };
    let made = if args.kind == KindArg::Hnsw {
        linked(args, &vectors, names.as_deref(), &params, context)?
    } else {
        let _bar = context.progress.spinner("index");
        make(&vectors, names.as_deref(), &params)?
    };
    write(&args.out, &made.bytes)?;
    let answer = Answer {
        out: args.out.display().to_string(),
        rows,
        dim: vectors.dim,
        code: code.name(),
        cells: made.cells,
        probes: made.probes,
        bytes: made.bytes.len(),
        bytes_per_vector: made.bytes.len() as f64 / rows as f64,
        stages: context.progress.times(),
    };
    context.report.answer(&answer, text)
}

/// The file of kind hnsw.
fn linked(
    args: &IndexArgs,
    vectors: &ItemVectors,
    names: Option<&[String]>,
    params: &IndexParams,
    context: &Context,
) -> Result<IndexFile> {
    let rows = vectors.rows.len() / vectors.dim.max(1);
    if rows > MANY_ROWS {
        context.report.notice(&format!(
            "a graph of {rows} rows takes about {} minutes, on one thread; --kind cells is made in seconds, takes a quarter of \
             the bytes and searches sooner",
            // Some 40 seconds for 20,000 rows.
            (rows / 20_000) as u64 * 2 / 3
        ));
    }
    let or = |asked: Option<u32>, otherwise| asked.map_or(otherwise, |asked| asked as usize);
    let usual = GraphParams::default();
    let graph =
        GraphParams { construction: or(args.ef_construction, usual.construction), width: or(args.ef, usual.width) };
    let bar = context.progress.stage("graph", rows as u64);
    make_linked(vectors, names, params, &graph, &|| bar.add(1))
}

/// The rows, their names and their metric.
fn vectors(args: &IndexArgs, context: &Context) -> Result<(ItemVectors, Option<Vec<String>>, Metric)> {
    let asked = args.metric.map(|metric| if metric == MetricArg::Cosine { Metric::Cosine } else { Metric::Dot });
    if args.vectors.is_dir() {
        ensure!(args.keys.is_none(), "--keys goes with an array of NumPy; a build names its items");
        return of_build(&args.vectors, asked);
    }
    let metric = asked.unwrap_or(Metric::Dot);
    if args.keys.is_none() && Array::is_one(&args.vectors)? {
        return Ok((of_array(&args.vectors, metric)?, None, metric));
    }
    let item_vectors = Some(args.vectors.as_path());
    let sources = Sources {
        item_vectors,
        keys: args.keys.as_deref(),
        i2i: &[],
        crowds: None,
        cohorts: None,
        items: None,
        metric,
    };
    let tables = read(sources, &context.config, context.reading())?;
    Ok((tables.vectors.unwrap_or_default(), Some(tables.items.items), metric))
}

/// The rows of an array without names.
fn of_array(path: &Path, metric: Metric) -> Result<ItemVectors> {
    let array = Array::read(path)?;
    let shown = path.display();
    ensure!((1..=512).contains(&array.columns), "{shown}: rows have {} numbers; give 1 to 512", array.columns);
    let mut vectors = ItemVectors { dim: array.columns, rows: array.numbers };
    for (place, row) in vectors.rows.chunks_exact_mut(array.columns).enumerate() {
        if let Some(at) = row.iter().position(|x| !x.is_finite() || x.abs() > 65_504.0) {
            let found = row[at];
            anyhow::bail!("{shown}: number {at} of row {place} is {found}; give finite numbers of at most 65504");
        }
        if metric == Metric::Cosine {
            let length = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
            row.iter_mut().for_each(|x| *x = (f64::from(*x) / length.max(f64::MIN_POSITIVE)) as f32);
        }
    }
    Ok(vectors)
}

/// The item vectors of a build, in order of their numbers.
fn of_build(dir: &Path, asked: Option<Metric>) -> Result<(ItemVectors, Option<Vec<String>>, Metric)> {
    let recaller = Folder::open(dir)?.whole()?;
    let manifest = recaller.manifest();
    let spec =
        manifest.vectors.as_ref().with_context(|| format!("{}: the build has no item vectors", dir.display()))?;
    ensure!(
        asked.is_none_or(|asked| asked == spec.metric),
        "{}: its vectors are compared by {}; leave --metric away",
        dir.display(),
        spec.metric.name()
    );
    let mut vectors = ItemVectors { dim: spec.dim as usize, rows: Vec::new() };
    let mut names = Vec::new();
    for item in (0..manifest.items).map(Ordinal) {
        vectors.rows.extend(recaller.embeddings().vector(item).context("an item of the build has no vector")?);
        names.push(recaller.key(item).context("an item of the build has no key")?);
    }
    Ok((vectors, Some(names), spec.metric))
}

/// Writes the file whole or not at all.
fn write(out: &Path, bytes: &[u8]) -> Result<()> {
    let mut partial = out.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, bytes).with_context(|| format!("cannot write {}", Path::new(&partial).display()))?;
    std::fs::rename(&partial, out).with_context(|| format!("cannot write {}", out.display()))
}

fn code_of(code: CodeArg) -> Code {
    Code::ALL[code as usize]
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("give a share above 0 and up to 1, e.g. 0.97".into()),
    }
}

fn text(answer: &Answer) -> String {
    let Answer { out, rows, dim, code, cells, probes: [ten, hundred], bytes, bytes_per_vector, .. } = answer;
    format!(
        "{out}: {rows} vectors of {dim} numbers, {code}, {bytes} bytes ({bytes_per_vector:.1} a vector)\n{cells} cell(s); a \
         search looks into {ten} for the best 10, into {hundred} for the best 100"
    )
}

const HELP: &str = "\
The file is searched in browsers, workers and Node by `edge-recall/search`, on a GPU by `edge-recall/webgpu`; see docs/search.md.";
