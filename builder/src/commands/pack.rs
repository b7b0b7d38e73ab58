//! `edge-recall pack`: shards from vectors, rows and lists that were made elsewhere. Owns what stands in for the things that
//! only a log can tell; the tables are read in `interchange`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use edge_recall::format::codes::{Code, Metric};
use edge_recall::format::crowds::{NEW, OF_COHORT, OF_VALUE};
use edge_recall::format::manifest::{ChannelWeight, Decay, TowerKind, TriggerSpec};
use edge_recall::ids::ChannelId;
use serde::Serialize;

use super::Context;
use super::build::columns_of;
use crate::cli::{WrongUse, parse_bytes};
use crate::config::Config;
use crate::interchange::{Sources, Tables, TablesSummary, chain, read};
use crate::learn::{Learned, Table};
use crate::lists::Lists;
use crate::make::{Published, pack_within, prints_of, shown};
use crate::model::{I2iTable, KeyedList, UserAttributes};
use crate::output::{OutputDir, SHARDS};
use crate::progress::StageTime;
use crate::publish::{Kept, check_runtime, publish};
use crate::recipe::{Recipe, TableRecipe, WHOLE};
use crate::stages::directional::DirectionalParams;
use crate::stages::ease::EaseParams;
use crate::stages::family::Family;
use crate::stages::rank::RankParams;
use crate::stages::rotation::Rotation;
use crate::stages::two_hop::TwoHopParams;
use crate::typed::TypedColumn;

/// Make shards from vectors and item-to-item rows that were made elsewhere.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = HELP)]
#[command(group = clap::ArgGroup::new("table").required(true).multiple(true).args(["item_vectors", "i2i", "crowds"]))]
pub struct PackArgs {
    /// Item vectors: columns item and vector; or an array of NumPy (.npy), with --keys
    #[arg(long, value_name = "FILE")]
    pub item_vectors: Option<PathBuf>,
    /// The item keys of an array of NumPy, one a line
    #[arg(long, value_name = "FILE", requires = "item_vectors")]
    pub keys: Option<PathBuf>,
    /// How vectors are compared
    #[arg(long, value_enum, default_value = "dot", requires = "item_vectors")]
    pub metric: MetricArg,
    /// The vectors are item factors of implicit ALS with this alpha and lambda: make the visitor's vector by fold-in
    #[arg(long, value_name = "ALPHA,LAMBDA", value_parser = parse_fold_in, requires = "item_vectors")]
    pub fold_in: Option<(f32, f32)>,
    /// Item-to-item rows: columns trigger, target, score; optional channel. May be given more than once
    #[arg(long, value_name = "FILE")]
    pub i2i: Vec<PathBuf>,
    /// Crowd lists, and those of values, of cohorts and of what is new: columns crowd, item, score; optional users
    #[arg(long, value_name = "FILE")]
    pub crowds: Option<PathBuf>,
    /// Where the cohorts lie whose lists are in --crowds: columns cohort and vector
    #[arg(long, value_name = "FILE", requires = "crowds")]
    pub cohorts: Option<PathBuf>,
    /// The catalogue: columns item and any attributes
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// Directory to write; an earlier build in its place is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Most bytes that recall.json and the shards may take together, e.g. 4MB
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub budget: Option<u64>,
    /// Directory with recall.js and recall.wasm to put beside the data
    #[arg(long, value_name = "DIR")]
    pub runtime: Option<PathBuf>,
}

/// How vectors are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MetricArg {
    /// By their inner product
    Dot,
    /// By the angle between them: every vector is scaled to length 1
    Cosine,
}

/// The answer of the command.
#[derive(Debug, Serialize)]
struct Answer {
    out: String,
    items: u32,
    /// Bytes of recall.json and all shards.
    bytes: u64,
    files: usize,
    /// Fusion weight of each channel.
    weights: Vec<(&'static str, f32)>,
    /// Item-to-item tables: channel, and targets that a trigger keeps at most.
    tables: Vec<(&'static str, usize)>,
    /// Catalogue columns that name items rather than describe them.
    left_out: Vec<String>,
    kept: Kept,
    runtime: bool,
    input: TablesSummary,
    /// `recall.json`.
    manifest: serde_json::Value,
    stages: Vec<StageTime>,
}

/// Packs.
pub fn run(args: &PackArgs, context: &Context) -> Result<()> {
    if args.fold_in.is_some() && args.metric == MetricArg::Cosine {
        return Err(WrongUse("--fold-in takes vectors as they were trained; leave --metric cosine away".into()).into());
    }
    args.runtime.as_deref().map(check_runtime).transpose()?;
    let out = OutputDir::create(&args.out, SHARDS)?;
    let sources = Sources {
        item_vectors: args.item_vectors.as_deref(),
        keys: args.keys.as_deref(),
        i2i: &args.i2i,
        crowds: args.crowds.as_deref(),
        cohorts: args.cohorts.as_deref(),
        items: args.items.as_deref(),
        metric: if args.metric == MetricArg::Cosine { Metric::Cosine } else { Metric::Dot },
    };
    let mut tables = read(sources, &context.config, context.reading())?;
    tell(&tables, context);
    let (columns, left_out) = columns_of(tables.attributes.as_ref(), context)?;
    drop_nameless(&mut tables, &columns, context);
    let made = recipe(&context.config, &tables, args.fold_in);
    let learned = learned(&mut tables);
    let shown = shown(tables.attributes.as_ref(), &context.config.shards)?;
    let users = UserAttributes::default();
    let items = tables.attributes.as_ref();
    let prints = prints_of(&tables.items, items, &context.config)?;
    let published = Published { log: &tables.items, users: &users, items, columns: &columns, shown, prints };
    let bar = context.progress.spinner("shards");
    let (packed, made) = pack_within(args.budget, &published, learned, made)?;
    let kept = publish(&packed, None, args.runtime.as_deref(), out, context.config.shards.keep_builds)?;
    drop(bar);
    let answer = Answer {
        out: args.out.display().to_string(),
        items: packed.manifest.items,
        bytes: packed.bytes(),
        files: packed.files.len() + 1,
        weights: packed.manifest.fusion.weights.iter().map(|w| (w.channel.name(), w.weight)).collect(),
        tables: made.tables.iter().map(|table| (table.family.channel().name(), table.family.targets())).collect(),
        left_out,
        kept,
        runtime: args.runtime.is_some(),
        input: tables.summary,
        manifest: serde_json::from_str(&packed.manifest.to_json())?,
        stages: context.progress.times(),
    };
    context.report.answer(&answer, text)
}

fn tell(tables: &Tables, context: &Context) {
    if tables.summary.pairs + tables.summary.crowds > 0 {
        context.report.notice(
            "rows and lists are published as they are: pack cannot see how many users stand behind them, so keep out what \
             fewer than two users share before you pack (docs/INTERCHANGE.md, section 6)",
        );
    }
    if tables.summary.pairs_left_out > 0 {
        let pairs = tables.summary.pairs_left_out;
        context.report.notice(&format!("{pairs} pair(s) left out: of each row the 255 largest scores stay"));
    }
}

/// Leaves out the lists of values whose column the shards do not have: no device would find them.
fn drop_nameless(tables: &mut Tables, columns: &[TypedColumn], context: &Context) {
    let is_nameless = |list: &KeyedList| {
        let value = list.key.strip_prefix(OF_VALUE);
        value.is_some_and(|value| !columns.iter().any(|column| value.starts_with(&format!("{}=", column.name))))
    };
    let nameless = tables.lists.iter().filter(|list| is_nameless(list)).count();
    if nameless > 0 {
        context.report.notice(&format!(
            "{nameless} list(s) of values left out: the shards have no column of that name; give the catalogue with --items"
        ));
        tables.lists.retain(|list| !is_nameless(list));
    }
}

/// How the device serves what was learnt elsewhere: nothing is tuned, so all personal channels weigh alike.
fn recipe(config: &Config, tables: &Tables, fold_in: Option<(f32, f32)>) -> Recipe {
    let mut recipe = Recipe::new(config, &tables.items, &UserAttributes::default());
    // There are no held-out users to ask whether fewer would do.
    recipe.code = config.model.bits.unwrap_or(Code::Int8);
    recipe.crowd.keys = chain(&tables.crowds);
    recipe.tables = tables.rows.iter().map(|(channel, table)| served_as(*channel, table)).collect();
    recipe.als = None;
    recipe.serving.tower = match fold_in {
        Some((alpha, lambda)) => TowerKind::FoldIn { alpha, lambda },
        None => TowerKind::Pool,
    };
    recipe.serving.fusion.weights = served(tables)
        .map(|channel| {
            let usual = recipe.serving.fusion.weights.iter().find(|own| own.channel == channel);
            let weight = usual.filter(|_| !ChannelId::TABLES.contains(&channel)).map_or(1.0, |own| own.weight);
            ChannelWeight { channel, weight }
        })
        .collect();
    recipe
}

/// A table that was made elsewhere, served as the family of its channel is where nothing was learnt.
fn served_as(channel: ChannelId, table: &I2iTable) -> TableRecipe {
    let newest = |window| TriggerSpec { window, decay: Decay::Position(1.0) };
    let (family, triggers) = match channel {
        ChannelId::Ease => (Family::Ease(EaseParams::default()), WHOLE),
        ChannelId::Next => (Family::Window(DirectionalParams::default()), newest(20)),
        ChannelId::Last => (Family::Last(DirectionalParams::default()), newest(3)),
        ChannelId::Rank => (Family::Rank(RankParams::default()), WHOLE),
        _ => (Family::TwoHop(TwoHopParams::default()), WHOLE),
    };
    let targets = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    TableRecipe { family: family.with_targets(targets), triggers }
}

/// The channels that have something to say, in their order.
fn served(tables: &Tables) -> impl Iterator<Item = ChannelId> {
    ChannelId::ALL.into_iter().filter(|&channel| match channel {
        ChannelId::U2i => tables.vectors.is_some(),
        ChannelId::Crowd => !tables.crowds.is_empty(),
        ChannelId::Peers => !tables.cohorts.is_empty() && has_list(tables, OF_COHORT),
        ChannelId::Tags => has_list(tables, OF_VALUE),
        ChannelId::Fresh => has_list(tables, NEW),
        _ => tables.rows.iter().any(|(own, _)| *own == channel),
    })
}

fn has_list(tables: &Tables, prefix: &str) -> bool {
    tables.lists.iter().any(|list| list.key.starts_with(prefix))
}

/// The tables as the stages of a build leave them.
fn learned(tables: &mut Tables) -> Learned {
    let rows = std::mem::take(&mut tables.rows).into_iter().map(|(channel, rows)| Table { channel, rows }).collect();
    let mut vectors = tables.vectors.take();
    let mut cohorts = std::mem::take(&mut tables.cohorts);
    if let Some(vectors) = &mut vectors {
        // Few bits lose little of any coordinate then; products stay as they are.
        let rotation = Rotation::of_builds(vectors.dim);
        rotation.apply(&mut vectors.rows);
        cohorts.iter_mut().for_each(|mean| rotation.apply(mean));
    }
    let lists = Lists { lists: std::mem::take(&mut tables.lists), cohorts, ..Lists::default() };
    Learned { tables: rows, vectors, crowds: std::mem::take(&mut tables.crowds), lists }
}

fn text(answer: &Answer) -> String {
    let input = &answer.input;
    let mut text = format!(
        "{}: {} items from {} vectors, {} pairs and {} crowd lists; {} bytes in {} files",
        answer.out, answer.items, input.vectors, input.pairs, input.crowds, answer.bytes, answer.files
    );
    for weight in &answer.weights {
        text.push_str(&format!("\n{:>6} weighs {:.3}", weight.0, weight.1));
    }
    if !answer.runtime {
        text.push_str("\ndata only: no runtime beside it (give --runtime DIR, or load edge-recall from npm)");
    }
    text
}

/// `ALPHA,LAMBDA`.
fn parse_fold_in(text: &str) -> Result<(f32, f32), String> {
    let numbers = text.split_once(',').and_then(|(alpha, lambda)| {
        let number = |text: &str| text.trim().parse::<f32>().ok().filter(|number| number.is_finite());
        Some((number(alpha)?, number(lambda)?))
    });
    match numbers {
        Some((alpha, lambda)) if alpha >= 0.0 && lambda > 0.0 => Ok((alpha, lambda)),
        _ => Err(format!("`{text}` is not ALPHA,LAMBDA: give alpha of 0 or more and lambda above 0, e.g. 40,0.1")),
    }
}

const HELP: &str = "\
Any of --item-vectors, --i2i and --crowds is enough. Tables are CSV, TSV, JSON lines or Parquet;
docs/INTERCHANGE.md says what they hold and how to write them from pandas, Spark and BigQuery.
`edge-recall build --tables DIR` writes the builder's own.

pack cannot know users: keep out pairs and lists of too few before you pack.";
