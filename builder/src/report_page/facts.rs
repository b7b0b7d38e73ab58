//! What is known of the build that was measured. Owns the choice of what a reader of figures wants to know of it.

use edge_recall::Manifest;
use edge_recall::format::manifest::{Decay, TowerKind, TriggerSpec};

use super::page::bytes_text;
use crate::evaluation::answer::Answer;

/// Facts and their names, in order.
pub struct Facts(pub Vec<(&'static str, String)>);

impl Facts {
    /// Takes them from the manifest and from what visits read.
    pub fn of(dir: &str, manifest: &Manifest, answer: &Answer) -> Self {
        let (major, minor) = manifest.format;
        let mut facts = vec![
            ("directory", dir.to_owned()),
            ("build", format!("{}, format {major}.{minor}", manifest.build)),
            ("items", manifest.items.to_string()),
        ];
        if let Some(whole) = answer.budgets.iter().find(|point| point.budget.is_none()) {
            facts.push(("on the host", format!("{} in {:.0} files", bytes_text(whole.bytes), whole.files)));
        }
        facts.push((
            "a visit",
            format!("{} in {:.1} files", bytes_text(answer.bytes_per_visit), answer.requests_per_visit),
        ));
        if let Some(vectors) = &manifest.vectors {
            let (dim, bits) = (vectors.dim, vectors.code.bits());
            facts.push(("vectors", format!("{dim} dimensions of {bits} bits")));
        }
        if let Some(tower) = &manifest.tower {
            let kind = if tower.kind == TowerKind::Pool { "mean of the history" } else { "fold-in of the history" };
            facts.push(("user vector", format!("{kind}, {}", triggers(tower.triggers))));
        }
        for table in &manifest.tables {
            facts.push(("table", format!("{}, {}", table.channel.name(), triggers(table.triggers))));
        }
        let weights =
            manifest.fusion.weights.iter().map(|weight| format!("{} {:.3}", weight.channel.name(), weight.weight));
        facts.push(("fusion weights", weights.collect::<Vec<_>>().join(", ")));
        Self(facts)
    }
}

fn triggers(spec: TriggerSpec) -> String {
    let decay = match spec.decay {
        Decay::None => "all alike".to_owned(),
        Decay::Position(exponent) => format!("fading by position^-{exponent}"),
        Decay::Age(scale) => format!("fading by age, {scale} half-lives"),
    };
    format!("newest {}, {decay}", spec.window)
}
