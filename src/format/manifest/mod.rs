//! `recall.json` (docs/FORMAT.md section 6): the only mutable name. Owns its fields and their rules; fetches nothing.

mod fields;
mod fusion;
mod purchases;

use crate::error::{Error, Result, Thin, told};
use crate::format::attribute::AttributeType;
use crate::format::codes::{Code, MAX_DIM, Metric};
use crate::format::header::{MAJOR, MINOR};
use crate::format::json::Json;
use crate::ids::{BuildId, ChannelId, Epoch, Model, ShardName};

pub use fusion::{ChannelWeight, FusionSpec, Policy};
pub use purchases::PurchaseSpec;

/// Most candidates a channel may propose.
pub const MAX_DEPTH: u32 = 10_000;
/// Most items a trigger window may hold.
pub const MAX_WINDOW: u32 = 10_000;
/// Most targets of a trigger that a walk goes on from: all of its row.
pub const MAX_FAN: u32 = 255;

/// The whole of `recall.json`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// Major and minor version of the format.
    pub format: (u32, u32),
    /// Identity of the build.
    pub build: BuildId,
    /// Numbering and centroids.
    pub epoch: Epoch,
    /// Vector space.
    pub model: Model,
    /// Items of the catalogue.
    pub items: u32,
    /// Items that were there when the epoch began: the first ordinals.
    pub epoch_items: u32,
    /// Crowd lists and Gram matrix.
    pub head: ShardRef,
    /// Cells, or the leaves that hold them.
    pub dir: ShardRef,
    /// Crowd lists beyond that of everyone, where the head cannot hold them.
    pub crowds: Option<ShardRef>,
    /// Root of the id map; absent where the catalogue is one cell.
    pub idmap: Option<ShardRef>,
    /// What a visit may cost where the host says nothing else.
    pub visit: VisitSpec,
    /// How item vectors are stored; absent where there are none.
    pub vectors: Option<VectorSpec>,
    /// How the device makes a user vector; absent where there are no vectors.
    pub tower: Option<TowerSpec>,
    /// Item-to-item tables, in the order of their `rows` instances.
    pub tables: Vec<TableSpec>,
    /// The walk over one of them.
    pub walk: Option<WalkSpec>,
    /// How the history's own items are offered again; absent where visitors do not come back to them.
    pub repeat: Option<TriggerSpec>,
    /// How items that a visitor came close to buying are offered again; absent where nothing is retargeted.
    pub retarget: Option<RetargetSpec>,
    /// The lists of attribute values, where the build has any.
    pub tags: Option<TagsSpec>,
    /// How many of the nearest cohorts' lists a visitor has, where the build has cohorts.
    pub peers: Option<u32>,
    /// What a visitor who has bought is not offered for a while; absent where purchases close nothing.
    pub purchases: Option<PurchaseSpec>,
    /// Fewest bits by which the fingerprints of two results differ, at most 64; 0 where fingerprints hold nothing back.
    pub duplicates: u32,
    /// File of the site's rules beside `recall.json`; absent where there is none. A device's host reads the name, not its core.
    #[cfg(feature = "json")]
    pub rules: Option<String>,
    /// Attribute columns, in the order of their `attribute` instances.
    pub attributes: Vec<AttributeSpec>,
    /// Names of the display fields.
    pub fields: Vec<String>,
    /// Back-off chain of crowd keys.
    pub crowd: CrowdSpec,
    /// How channels are merged.
    pub fusion: FusionSpec,
    /// Strength of an event type as a trigger: name and weight.
    pub events: Vec<(String, f32)>,
}

/// A shard named by the manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShardRef {
    /// Content-hashed name.
    pub name: ShardName,
    /// Size of the file.
    pub bytes: u32,
    /// The shard itself in base64, where it is small; then there is no file.
    pub inline: Option<String>,
}

/// What a visit may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VisitSpec {
    /// Bytes of leaves, vectors and rows.
    pub bytes: u32,
    /// Requests for them.
    pub files: u32,
    /// Cells that are searched.
    pub probes: u32,
}

impl Default for VisitSpec {
    fn default() -> VisitSpec {
        VisitSpec { bytes: 250_000, files: 9, probes: 7 }
    }
}

/// How item vectors are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorSpec {
    /// Dimension.
    pub dim: u32,
    /// What a score means.
    pub metric: Metric,
    /// How a row is stored.
    pub code: Code,
}

/// How the device makes a user vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TowerSpec {
    /// The recipe.
    pub kind: TowerKind,
    /// How the history becomes weighted triggers.
    pub triggers: TriggerSpec,
}

/// Recipe of a user vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TowerKind {
    /// Weighted mean of the triggers' vectors.
    Pool,
    /// Least-squares fold-in of implicit ALS with the items held fixed (Hu, Koren, Volinsky 2008, equation 4).
    FoldIn {
        /// Confidence of a trigger of weight 1 is `1 + alpha`.
        alpha: f32,
        /// Ridge.
        lambda: f32,
    },
}

/// One item-to-item table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TableSpec {
    /// The channel that reads it, one of [`ChannelId::TABLES`].
    pub channel: ChannelId,
    /// How the history becomes weighted triggers.
    pub triggers: TriggerSpec,
}

/// Two steps over a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkSpec {
    /// Place of the table.
    pub table: u32,
    /// Targets of a trigger that are walked on from.
    pub fan: u32,
    /// How the history becomes weighted triggers.
    pub triggers: TriggerSpec,
}

/// How items that a visitor came close to buying are offered again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetargetSpec {
    /// The newest days whose events count.
    pub days: u32,
    /// Share of an answer that it may propose where rules say nothing else.
    pub share: f32,
}

/// Which values of the history's items have lists.
#[derive(Clone, Debug, PartialEq)]
pub struct TagsSpec {
    /// Names of the columns whose values have.
    pub attributes: Vec<String>,
    /// How the history becomes weighted triggers.
    pub triggers: TriggerSpec,
}

/// How the history becomes weighted triggers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TriggerSpec {
    /// The newest distinct items that count.
    pub window: u32,
    /// How weight fades.
    pub decay: Decay,
}

/// How the weight of a trigger fades.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// Not at all: unordered logs.
    None,
    /// `rank^-p`; the newest item has rank 1.
    Position(f32),
    /// `2^(-age / (s * half-life of the event type))`.
    Age(f32),
}

/// One attribute column.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeSpec {
    /// Column name.
    pub name: String,
    /// Column type.
    pub kind: AttributeType,
}

/// How a context finds its crowd.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrowdSpec {
    /// Attribute names of each key, finest first; the empty key is everyone.
    pub keys: Vec<Vec<String>>,
}

impl Manifest {
    /// Reads and checks a parsed `recall.json`. The version comes first: fields of another major may be anything.
    pub fn read(json: &Json) -> Result<Manifest> {
        let manifest = fields::read(json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Parses and checks the text of `recall.json`.
    #[cfg(feature = "json")]
    pub fn parse(text: &str) -> Result<Manifest> {
        let broken = |error: serde_json::Error| Error::Manifest {
            problem: format!("{error}; a web page instead of JSON means that the host does not serve the file"),
        };
        let value: serde_json::Value = serde_json::from_str(text).map_err(broken)?;
        Manifest::read(&value.into())
    }

    /// The text of `recall.json`, one line.
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> String {
        serde_json::Value::from(fields::write(self)).to_string()
    }

    /// Whether what a visitor has met may be recommended again; otherwise a host leaves it out unless it is told not to.
    pub fn offers_again(&self) -> bool {
        self.repeat.is_some()
    }

    /// The format version that this code writes.
    pub fn current_format() -> (u32, u32) {
        (u32::from(MAJOR), u32::from(MINOR))
    }

    /// Checks every rule that types cannot hold.
    pub fn check(&self) -> Result<()> {
        let mut broken = None;
        let mut rule = |holds: bool, rule: Thin| {
            if !holds && broken.is_none() {
                broken = Some(told(rule));
            }
        };
        rule(self.vectors.is_some() == self.tower.is_some(), &"`vectors` and `tower` come together");
        if let Some(vectors) = &self.vectors {
            rule((1..=MAX_DIM).contains(&(vectors.dim as usize)), &"`vectors.dim` lies outside 1..=512");
        }
        let triggers: Thin = &"`triggers` needs a window up to 10000 and a positive decay";
        if let Some(tower) = &self.tower {
            rule(is_usable(&tower.triggers), triggers);
            if let TowerKind::FoldIn { alpha, lambda } = tower.kind {
                rule(
                    is_from_zero(alpha) && is_from_zero(lambda) && lambda > 0.0,
                    &"`tower` needs alpha >= 0 and lambda > 0",
                );
            }
        }
        for table in &self.tables {
            rule(is_usable(&table.triggers), triggers);
            let known = ChannelId::TABLES.contains(&table.channel);
            rule(known, &"`tables` may only feed the channels i2i, ease, next, last and rank");
            let feeding = self.tables.iter().filter(|t| t.channel == table.channel).count();
            rule(feeding == 1, &"`tables` feeds a channel twice");
        }
        if let Some(walk) = &self.walk {
            rule(is_usable(&walk.triggers), triggers);
            rule(walk.fan <= MAX_FAN, &"`walk.fan` is above 255");
            rule((walk.table as usize) < self.tables.len(), &"`walk.table` is no table");
        }
        rule(self.repeat.is_none_or(|spec| is_usable(&spec)), triggers);
        let is_bounded = |spec: RetargetSpec| spec.days > 0 && spec.share > 0.0 && spec.share <= 1.0;
        rule(self.retarget.is_none_or(is_bounded), &"`retarget` needs days above 0 and a share above 0, at most 1");
        if let Some(tags) = &self.tags {
            rule(is_usable(&tags.triggers), triggers);
        }
        let named = |name: &String| self.attributes.iter().any(|column| column.name == *name);
        let purchases = self.purchases.as_ref().is_none_or(|own| {
            let mut known = own.days > 0 && own.release > 0;
            for name in [&own.attribute, &own.consumable] {
                known &= name.is_empty() || named(name);
            }
            known
        });
        rule(purchases, &"`purchases` needs days and release above 0, and columns of `attributes`");
        rule(self.duplicates <= 64, &"`duplicates` is above 64");
        rule(self.fusion.depth <= MAX_DEPTH, &"`fusion.depth` is above 10000");
        let weights = self.fusion.weights.iter().all(|w| is_from_zero(w.weight));
        let factors = self.fusion.mic.iter().all(|&factor| is_from_zero(factor));
        rule(weights && factors, &"a fusion weight or a factor of `fusion.mic` is negative or not finite");
        rule(self.fusion.category.as_ref().is_none_or(named), &"`fusion.category` is none of `attributes`");
        rule(self.events.iter().all(|(_, weight)| weight.is_finite()), &"an event weight is not finite");
        broken.map_or(Ok(()), |rule| Err(Error::Manifest { problem: String::from(*rule) }))
    }

    /// Dimension of the vectors, 0 where there are none.
    pub fn dim(&self) -> usize {
        self.vectors.map_or(0, |v| v.dim as usize)
    }

    /// The fusion weight of a channel, 0 where it takes no part.
    pub fn weight_of(&self, channel: ChannelId) -> f32 {
        self.fusion.weights.iter().find(|w| w.channel == channel).map_or(0.0, |w| w.weight)
    }
}

fn is_from_zero(number: f32) -> bool {
    number.is_finite() && number >= 0.0
}

fn is_usable(spec: &TriggerSpec) -> bool {
    let strength = match spec.decay {
        Decay::None => 1.0,
        Decay::Position(strength) | Decay::Age(strength) => strength,
    };
    spec.window <= MAX_WINDOW && is_from_zero(strength) && strength > 0.0
}
