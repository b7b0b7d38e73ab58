//! How the chosen channels are merged, learnt on the shards that would ship, through the runtime. Owns the last step of tuning.

use anyhow::Result;
use edge_recall::candidate::CandidateList;
use edge_recall::ids::{ChannelId, ChannelMask};

use super::bench::{Bench, judged, merged};
use super::report::{Scores, TuneReport};
use super::{vectors, weights};
use crate::learn::{Learned, learn_tables};
use crate::lists::{Described, Lists};
use crate::pack::{Material, pack};
use crate::recipe::{DEPTH, Recipe};
use crate::replay::{Case, channel_lists};
use crate::resume::Run;

/// Cases of one group with what each channel proposes for them.
pub struct Proposals {
    /// The cases.
    pub cases: Vec<Case>,
    /// By case, by channel.
    pub lists: Vec<Vec<CandidateList>>,
}

impl Proposals {
    /// How well the channels find what is held out, merged by these weights.
    pub fn judge(groups: &[Proposals], weight_of: impl Fn(ChannelId) -> f32 + Sync) -> Scores {
        let mut scores = Scores::default();
        for group in groups {
            scores.add_group(&group.cases, |place, case| judged(&merged(&group.lists[place], &weight_of), &case.test));
        }
        scores
    }
}

/// Learns the weights of the channels; keeps those of the recipe where no channel proposes anything on the hold-out, which says
/// nothing of what the whole log will have.
pub fn learn(
    bench: &Bench<'_>,
    described: Described<'_>,
    vectors: Option<vectors::Fitted>,
    recipe: &mut Recipe,
    report: &mut TuneReport,
    run: Run<'_>,
) -> Result<()> {
    let tables = learn_tables(bench.train(), bench.users, recipe, run.part("hold-out: "))?;
    let vectors = recipe.als.as_ref().and_then(|als| vectors?.into_vectors(als.dim));
    let mut learned = Learned { vectors, ..tables };
    learned.lists = Lists::new(bench.train(), described, &learned, recipe)?;
    let material = Material { columns: described.columns, ..Material::bare(bench.train(), &learned, recipe) };
    let recaller = pack(material, None)?.attach()?;
    let proposals = |mut cases: Vec<Case>| {
        cases.iter_mut().for_each(|case| case.test.sort_unstable());
        let lists = channel_lists(&recaller, &cases, ChannelMask::ALL, DEPTH as usize);
        Proposals { cases, lists }
    };
    let proposals: Vec<Proposals> = bench.replayed(&recaller).into_iter().map(proposals).collect();
    let weights = weights::learn(&proposals, report);
    if !weights.is_empty() {
        recipe.serving.fusion.weights = weights;
    }
    Ok(())
}
