//! From what was read to a packed build: a new epoch, or one more day of the epoch before. Owns which of the two it is, and
//! the byte budget.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use edge_recall::format::manifest::{TowerKind, TriggerSpec};
use edge_recall::ids::ChannelId;

use crate::config::ShardsConfig;
use crate::epoch::{Continued, Previous};
use crate::interchange::write::{Learnt, write};
use crate::learn::{Learned, learn, learn_tables};
use crate::model::{Interactions, ItemAttributes, UserAttributes};
use crate::output::OutputDir;
use crate::pack::{Material, Memory, Packed, Shown, pack_numbered};
use crate::recipe::Recipe;
use crate::report::Report;
use crate::resume::Run;
use crate::stages::als::AlsParams;
use crate::stages::content::content_vectors;
use crate::stages::item_fold_in::item_fold_in;
use crate::tune::{TuneReport, tune};
use crate::typed::TypedColumn;

/// What is published as it was read.
pub struct Published<'a> {
    /// The log, and the items of the catalogue that it does not hold.
    pub log: &'a Interactions,
    /// Attributes of the users.
    pub users: &'a UserAttributes,
    /// The catalogue as it was read.
    pub items: Option<&'a ItemAttributes>,
    /// Its attribute columns.
    pub columns: &'a [TypedColumn],
    /// Its columns that are shown beside a result.
    pub shown: Option<Shown<'a>>,
}

/// A build and how it was made.
pub struct Made {
    /// Manifest and shards.
    pub packed: Packed,
    /// Targets that a trigger keeps.
    pub targets: usize,
    /// What was tried.
    pub tuning: TuneReport,
    /// Whether the epoch of the build before goes on.
    pub continued: bool,
}

impl Published<'_> {
    fn material<'m>(&'m self, learned: &'m Learned, recipe: &'m Recipe) -> Material<'m> {
        Material { log: self.log, columns: self.columns, shown: self.shown.as_ref(), learned, recipe }
    }
}

/// The columns that `[shards] cards` names.
pub fn shown<'a>(items: Option<&'a ItemAttributes>, config: &ShardsConfig) -> Result<Option<Shown<'a>>> {
    if config.cards.is_empty() {
        return Ok(None);
    }
    let Some(attributes) = items else {
        bail!("[shards] cards names columns of the catalogue, but there is none; give it with --items");
    };
    let place = |name: &String| {
        let place = attributes.names.iter().position(|known| known == name);
        let known = || attributes.names.join(", ");
        place.with_context(|| format!("[shards] cards: the catalogue has no column `{name}`, only {}", known()))
    };
    Ok(Some(Shown { attributes, columns: config.cards.iter().map(place).collect::<Result<_>>()? }))
}

/// Makes a build. With `previous` the epoch of that build goes on, unless the log has outgrown it.
pub fn make(
    published: &Published<'_>,
    recipe: Recipe,
    previous: Option<&Path>,
    budget: Option<u64>,
    tables: Option<&OutputDir>,
    run: Run<'_>,
    report: &Report,
) -> Result<Made> {
    if let Some(dir) = previous {
        let previous = Previous::read(dir)?;
        match previous.ends(published.log) {
            Some(reason) => report.notice(&format!("a new epoch begins: {reason}")),
            None => return one_more_day(published, recipe, &previous, tables, run),
        }
    }
    let (recipe, tuning) = tune(published.log, published.users, &recipe, run)?;
    if tuning.users == 0 {
        report.notice("too few users with a history to learn the channel weights from; the defaults hold");
    }
    let mut learned = learn(published.log, published.users, &recipe, run)?;
    if let Some(shortfall) = learned.shortfall(recipe.two_hop.min_users) {
        report.notice(&shortfall);
    }
    fill_from_content(published, &mut learned, run);
    write_tables(published, &learned, &recipe, tables, run)?;
    let _bar = run.stage("shards");
    let (packed, targets) = pack_within(budget, published, learned, &recipe)?;
    Ok(Made { packed, targets, tuning, continued: false })
}

/// Tables and lists are those of the whole log; vectors and how the device serves stay as they were.
fn one_more_day(
    published: &Published<'_>,
    mut recipe: Recipe,
    previous: &Previous,
    tables: Option<&OutputDir>,
    run: Run<'_>,
) -> Result<Made> {
    let before = previous.manifest();
    let triggers = |channel: ChannelId, default: TriggerSpec| {
        before.tables.iter().find(|table| table.channel == channel).map_or(default, |table| table.triggers)
    };
    let serving = &mut recipe.serving;
    serving.i2i = triggers(ChannelId::I2i, serving.i2i);
    serving.next = triggers(ChannelId::Next, serving.next);
    serving.fusion = before.fusion.clone();
    if let (Some(tower), Some(vectors)) = (before.tower, before.vectors) {
        (serving.tower, serving.u2i, recipe.code) = (tower.kind, tower.triggers, vectors.code);
    }
    recipe.events = before.events.clone();
    let mut learned = learn_tables(published.log, published.users, &recipe, run)?;
    let (vectors, known) = previous.vectors(published.log);
    learned.vectors = Some(item_fold_in(published.log, &vectors, &known, &als_of(&recipe)));
    fill_from_content(published, &mut learned, run);
    write_tables(published, &learned, &recipe, tables, run)?;
    let targets = recipe.two_hop.targets;
    let _bar = run.stage("shards");
    let sink = Memory::default();
    let manifest = Continued::new(previous, published.material(&learned, &recipe))?.pack(&sink)?;
    Ok(Made { packed: sink.packed(manifest), targets, tuning: TuneReport::default(), continued: true })
}

/// The parameters that the frozen vectors were trained with, as the device is told them.
fn als_of(recipe: &Recipe) -> AlsParams {
    match recipe.serving.tower {
        TowerKind::FoldIn { alpha, lambda } => AlsParams { alpha, lambda, ..recipe.als.clone() },
        TowerKind::Pool => recipe.als.clone(),
    }
}

/// Items that too few users met get their vectors from what the catalogue says of them.
fn fill_from_content(published: &Published<'_>, learned: &mut Learned, run: Run<'_>) {
    let (Some(items), Some(vectors)) = (published.items, &learned.vectors) else { return };
    let met = |item: usize| vectors.row(item).iter().any(|&x| x != 0.0);
    let known: Vec<bool> = (0..published.log.items.len()).map(met).collect();
    if known.contains(&true) && known.contains(&false) {
        let _bar = run.stage("vectors from content");
        learned.vectors = Some(content_vectors(items, vectors, &known));
    }
}

/// The interchange tables of what was learnt, where they are wanted.
fn write_tables(
    published: &Published<'_>,
    learned: &Learned,
    recipe: &Recipe,
    tables: Option<&OutputDir>,
    run: Run<'_>,
) -> Result<()> {
    let Some(out) = tables else { return Ok(()) };
    let _bar = run.stage("tables");
    let material = published.material(learned, recipe);
    let rows = material.tables().map(|(spec, table)| (spec.channel, table)).collect();
    let (vectors, tower, crowds) = (learned.vectors.as_ref(), recipe.serving.tower, learned.crowds.as_slice());
    write(&Learnt { items: published.log, rows, vectors, tower, crowds }, out)
}

/// Packs with as many targets a trigger as the budget allows.
pub fn pack_within(
    budget: Option<u64>,
    published: &Published<'_>,
    mut learned: Learned,
    recipe: &Recipe,
) -> Result<(Packed, usize)> {
    let mut targets = recipe.two_hop.targets;
    let numbering = published.material(&learned, recipe).number(&recipe.shards);
    loop {
        let sink = Memory::default();
        let manifest = pack_numbered(published.material(&learned, recipe), &numbering, &sink)?;
        let packed = sink.packed(manifest);
        let bytes = packed.bytes();
        let Some(budget) = budget.filter(|&budget| bytes > budget) else { return Ok((packed, targets)) };
        if targets == 0 {
            bail!(
                "the build takes {bytes} bytes without any item-to-item row, more than the budget of {budget}; give a larger --budget or a smaller [model] dim"
            );
        }
        targets = targets * 4 / 5;
        learned.truncate(targets);
    }
}
