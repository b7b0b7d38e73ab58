//! From what was read to a packed build: a new epoch, or one more day of the epoch before. Owns which of the two it is, and
//! the byte budget.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use edge_recall::format::manifest::WalkSpec;
use edge_recall::format::rows::WeightCode;

use crate::config::{Config, ShardsConfig};
use crate::epoch::{Continued, Previous};
use crate::interchange::write::{Learnt, write};
use crate::learn::{Learned, learn, learn_tables};
use crate::lists::{Described, Lists, ListsRecipe, absent};
use crate::model::{Interactions, ItemAttributes, UserAttributes};
use crate::notes::{Notes, tables_of};
use crate::output::OutputDir;
use crate::pack::{Material, Memory, Packed, Shown, pack_numbered};
use crate::recipe::{Recipe, Walk};
use crate::report::Report;
use crate::resume::Run;
use crate::stages::content::content_vectors;
use crate::stages::item_fold_in::item_fold_in;
use crate::stages::prints::prints;
use crate::tune::{summary, tune};
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
    /// Fingerprints of its items; empty where there are none.
    pub prints: Vec<u64>,
}

/// A build and how it was made.
pub struct Made {
    /// Manifest and shards.
    pub packed: Packed,
    /// How it was made.
    pub notes: Notes,
    /// Whether the epoch of the build before goes on.
    pub continued: bool,
}

impl Published<'_> {
    fn described(&self) -> Described<'_> {
        Described { items: self.items, columns: self.columns }
    }

    fn material<'m>(&'m self, learned: &'m Learned, recipe: &'m Recipe) -> Material<'m> {
        let (shown, prints) = (self.shown.as_ref(), self.prints.as_slice());
        Material { log: self.log, columns: self.columns, shown, prints, learned, recipe }
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

/// The fingerprints that `[duplicates]` asks for.
pub fn prints_of(log: &Interactions, items: Option<&ItemAttributes>, config: &Config) -> Result<Vec<u64>> {
    let Some(own) = &config.duplicates else { return Ok(Vec::new()) };
    let Some(items) = items else {
        bail!("[duplicates] compares what the catalogue says of items, but there is none; give it with --items");
    };
    prints(items, &log.items, own)
}

/// What a build is made by, beside the data.
#[derive(Clone, Copy, Default)]
pub struct Orders<'a> {
    /// A build whose epoch goes on, unless the log has outgrown it.
    pub previous: Option<&'a Path>,
    /// A build whose recipe is taken as it is: nothing is tuned.
    pub like: Option<&'a Path>,
    /// Most bytes of manifest and shards.
    pub budget: Option<u64>,
    /// Where the learnt tables are written for others to read.
    pub tables: Option<&'a OutputDir>,
}

/// Makes a build.
pub fn make(
    published: &Published<'_>,
    config: &Config,
    orders: Orders<'_>,
    run: Run<'_>,
    report: &Report,
) -> Result<Made> {
    let mut recipe = Recipe::new(config, published.log, published.users);
    if let Some(budget) = orders.budget {
        recipe.lists = ListsRecipe::new(config, recipe.lists.triggers, budget);
    }
    if let Some(dir) = orders.previous {
        let previous = Previous::read(dir)?;
        match previous.ends(published.log) {
            Some(reason) => report.notice(&format!("a new epoch begins: {reason}")),
            None => {
                let recipe = like(recipe, config, &previous)?;
                return one_more_day(published, recipe, &previous, orders.tables, run);
            }
        }
    }
    let (recipe, mut tuning) = match orders.like {
        Some(dir) => {
            let model = Previous::read(dir)?;
            // What was found of the model's log need not hold for this one: it is kept and not told.
            (like(recipe, config, &model)?, model.notes.tuning)
        }
        None => {
            let tuned =
                tune(published.log, published.users, published.described(), config, &recipe, orders.budget, run)?;
            tuned.1.findings.iter().for_each(|finding| report.notice(finding));
            tuned
        }
    };
    let mut learned = learn(published.log, published.users, &recipe, run)?;
    // Where neither was chosen, the log is not to blame that there is none.
    let wanted = !recipe.tables.is_empty() || recipe.als.is_some();
    if let Some(shortfall) = learned.shortfall(config.model.i2i.min_users).filter(|_| wanted) {
        report.notice(&shortfall);
        if !tuning.findings.contains(&shortfall) {
            tuning.findings.push(shortfall);
        }
    }
    fill_from_content(published, &mut learned, run);
    add_lists(published, &mut learned, &recipe, run)?;
    write_tables(published, &learned, &recipe, orders.tables, run)?;
    let _bar = run.stage("shards");
    let planned = recipe.tables.clone();
    let absent = absent(published.log, &learned, &recipe);
    let (packed, recipe) = pack_within(orders.budget, published, learned, recipe)?;
    if recipe.tables != planned {
        let cut = format!("rows were cut to keep the budget; {}", summary(&recipe));
        report.notice(&cut);
        tuning.findings.push(cut);
    }
    Ok(Made { packed, notes: Notes::new(&recipe, absent, tuning), continued: false })
}

/// The recipe of another build. What the configuration says of bits and of the policy of fusion goes before it.
fn like(recipe: Recipe, config: &Config, model: &Previous) -> Result<Recipe> {
    let (manifest, notes) = (model.manifest(), &model.notes);
    let mut recipe = Recipe { tables: tables_of(notes, manifest)?, als: notes.vectors.clone(), ..recipe };
    recipe.weights = config.model.i2i.bits.or(WeightCode::of_bits(notes.weight_bits)).unwrap_or(recipe.weights);
    recipe.events = manifest.events.clone();
    let serving = &mut recipe.serving;
    if let (Some(tower), Some(vectors)) = (manifest.tower, manifest.vectors) {
        (serving.tower, serving.u2i) = (tower.kind, tower.triggers);
        recipe.code = config.model.bits.unwrap_or(vectors.code);
    }
    let table_of = |walk: WalkSpec| Some(manifest.tables.get(walk.table as usize)?.channel);
    let walk = |walk: WalkSpec| Some(Walk { table: table_of(walk)?, fan: walk.fan, triggers: walk.triggers });
    serving.walk = manifest.walk.and_then(walk);
    serving.repeat = manifest.repeat;
    serving.fusion.weights.clone_from(&manifest.fusion.weights);
    Ok(recipe)
}

/// Tables and lists are those of the whole log; vectors and how the device serves stay as they were.
fn one_more_day(
    published: &Published<'_>,
    recipe: Recipe,
    previous: &Previous,
    tables: Option<&OutputDir>,
    run: Run<'_>,
) -> Result<Made> {
    let mut learned = learn_tables(published.log, published.users, &recipe, run)?;
    let (vectors, known) = previous.vectors(published.log);
    let params = recipe.als.clone().unwrap_or_default();
    learned.vectors = Some(item_fold_in(published.log, &vectors, &known, &params));
    fill_from_content(published, &mut learned, run);
    add_lists(published, &mut learned, &recipe, run)?;
    write_tables(published, &learned, &recipe, tables, run)?;
    let _bar = run.stage("shards");
    let sink = Memory::default();
    let manifest = Continued::new(previous, published.material(&learned, &recipe))?.pack(&sink)?;
    let notes = Notes::new(&recipe, absent(published.log, &learned, &recipe), previous.notes.tuning.clone());
    Ok(Made { packed: sink.packed(manifest), notes, continued: true })
}

/// The lists of values, of cohorts and of what is new.
fn add_lists(published: &Published<'_>, learned: &mut Learned, recipe: &Recipe, run: Run<'_>) -> Result<()> {
    let _bar = run.stage("lists");
    learned.lists = Lists::new(published.log, published.described(), learned, recipe)?;
    Ok(())
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
    write(&Learnt { items: published.log, rows, vectors, tower, crowds, lists: &learned.lists }, out)
}

/// Packs; where that is more than the budget, with fewer targets.
pub fn pack_within(
    budget: Option<u64>,
    published: &Published<'_>,
    mut learned: Learned,
    mut recipe: Recipe,
) -> Result<(Packed, Recipe)> {
    let numbering = published.material(&learned, &recipe).number(&recipe.shards);
    loop {
        let sink = Memory::default();
        let manifest = pack_numbered(published.material(&learned, &recipe), &numbering, &sink)?;
        let packed = sink.packed(manifest);
        let bytes = packed.bytes();
        let Some(budget) = budget.filter(|&budget| bytes > budget) else { return Ok((packed, recipe)) };
        if recipe.tables.iter().all(|table| table.family.targets() == 0) {
            bail!(
                "the build takes {bytes} bytes without any item-to-item row, more than the budget of {budget}; give a larger --budget or a smaller [model] dim"
            );
        }
        // Rows are most of what can be saved; a little too much saved is better than many rounds.
        let keep = (budget as f64 / bytes as f64).powf(1.2).min(0.98);
        for (table, recipe) in learned.tables.iter_mut().zip(&mut recipe.tables) {
            let targets = (recipe.family.targets() as f64 * keep) as usize;
            recipe.family = recipe.family.clone().with_targets(targets);
            table.truncate(targets);
        }
    }
}
