//! What is asked and what is answered: plain structs with defaults, no behaviour.

use crate::context::Context;
use crate::format::card::ItemCard;
use crate::ids::{ChannelId, ChannelMask, ShardName};
use crate::mechanism::filter::Held;
use crate::mechanism::rules::Rules;
use crate::profile::{EventKind, HistoryEvent, Profile, Traces};

/// Most results of one request.
pub const MAX_LIMIT: usize = 10_000;

/// What kind of list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Personal recommendations: all channels; a list that they leave short is filled with what is popular.
    Recommend,
    /// Items like the seeds: tables and vectors.
    Similar,
    /// What the visitor's crowd likes; a list that is short is filled with what is popular.
    Trending,
}

impl Task {
    /// Channels that take part.
    pub fn channels(self) -> ChannelMask {
        match self {
            Task::Recommend => ChannelMask::ALL,
            Task::Similar => ChannelMask::TABLES.with(ChannelId::U2i),
            Task::Trending => ChannelMask::of(ChannelId::Crowd).with(ChannelId::Popular),
        }
    }
}

/// What one call may spend on files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes.
    pub bytes: u32,
    /// Requests.
    pub files: u32,
}

impl Budget {
    /// No limit: every file of the build is wanted.
    pub const UNLIMITED: Budget = Budget { bytes: u32::MAX, files: u32::MAX };
}

/// What the requests for files may tell the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// Which cells the visitor is interested in.
    #[default]
    Open,
    /// The same, among cells that are asked for without need; the seed is fixed for a device.
    Decoys(u32),
    /// Nothing: only files that everyone reads.
    Head,
}

/// One request. Make it with [`Request::recommend`], [`Request::similar`] or [`Request::trending`].
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What kind of list.
    pub task: Task,
    /// Channels that may take part, of those that the task has.
    pub channels: ChannelMask,
    /// Newest first.
    pub history: Vec<HistoryEvent>,
    /// Coarse attributes that choose the crowd.
    pub context: Context,
    /// Keys of items that must not come back; unknown keys do no harm.
    pub exclude: Vec<String>,
    /// Whether only new items are wanted: those of the history come back by retargeting alone.
    pub is_new: bool,
    /// Whether what was bought, however long ago, must not come back.
    pub is_unbought: bool,
    /// What pages have shown, with ages, and what was bought before the history began.
    pub traces: Traces,
    /// What the answer must obey besides.
    pub rules: Rules,
    /// Keys of the items that stand on the page already: they do not come back, and count where rules spread or diversify.
    pub page: Vec<String>,
    /// Results wanted.
    pub limit: usize,
    /// What the profile keeps of items of the history.
    pub cards: Vec<(String, ItemCard)>,
    /// What may still be spent on files.
    pub budget: Budget,
    /// What the requests for files may tell.
    pub privacy: Privacy,
    /// Files that cannot be had: the plan does without them.
    pub lost: Vec<ShardName>,
}

impl Request {
    /// Personal recommendations from a history, newest event first.
    pub fn recommend(history: Vec<HistoryEvent>) -> Request {
        Request {
            task: Task::Recommend,
            channels: ChannelMask::ALL,
            history,
            context: Context::default(),
            exclude: Vec::new(),
            is_new: false,
            is_unbought: false,
            traces: Traces::default(),
            rules: Rules::default(),
            page: Vec::new(),
            limit: 10,
            cards: Vec::new(),
            budget: Budget::UNLIMITED,
            privacy: Privacy::Open,
            lost: Vec::new(),
        }
    }

    /// Items like the given ones, which do not come back themselves.
    pub fn similar(seeds: Vec<HistoryEvent>) -> Request {
        let mut request = Request::recommend(seeds);
        request.task = Task::Similar;
        request.exclude_history(&EventKind::ALL);
        request
    }

    /// The list of the visitor's crowd.
    pub fn trending() -> Request {
        let mut request = Request::recommend(Vec::new());
        request.task = Task::Trending;
        request
    }

    /// A request on behalf of a profile at minute `now`. `exclude` holds item keys and the words `seen`, `purchased` and
    /// `cart`; hidden items never come back. Of them `seen` alone does not bind retargeting. `seeds` matter to
    /// [`Task::Similar`] alone. One struct is filled in place: it is large, and moving it about is code.
    pub fn of_profile(task: Task, profile: &Profile, seeds: &[String], exclude: &[String], now: u32) -> Request {
        let mut request = Request::recommend(profile.history(now));
        request.task = task;
        request.context = profile.context().clone();
        request.cards = profile.cards().to_vec();
        request.exclude = profile.hidden().to_vec();
        request.traces = profile.traces(now);
        for word in exclude {
            match word.as_str() {
                // The other tasks have another history, or none.
                "seen" if task == Task::Recommend => request.is_new = true,
                "seen" => request.exclude_history(&EventKind::ALL),
                "purchased" => {
                    request.is_unbought = true;
                    request.exclude_history(&[EventKind::Purchase]);
                }
                "cart" => request.exclude_history(&[EventKind::Cart]),
                key => request.exclude.push(String::from(key)),
            }
        }
        if task != Task::Recommend {
            request.history.clear();
        }
        if task == Task::Similar {
            for key in seeds {
                request.history.push(HistoryEvent { key: key.clone(), kind: EventKind::View, age: None });
            }
            request.exclude_history(&EventKind::ALL);
        }
        request
    }

    /// Excludes the items of the history's events of these kinds.
    fn exclude_history(&mut self, kinds: &[EventKind]) {
        for event in &self.history {
            if kinds.contains(&event.kind) {
                self.exclude.push(event.key.clone());
            }
        }
    }

    /// The page to turn to, from 0.
    pub fn template(&self) -> u32 {
        self.traces.turn % self.rules.templates.unwrap_or(1).max(1)
    }

    /// Items that the pages up to that one need, at most [`MAX_LIMIT`].
    pub fn reach(&self) -> usize {
        (self.limit * (self.template() as usize + 1)).min(MAX_LIMIT.max(self.limit))
    }

    /// The channels that take part.
    pub fn running(&self) -> ChannelMask {
        self.task.channels().and(self.channels).and(self.rules.running())
    }

    /// Sets what may be spent on files.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Request {
        self.budget = budget;
        self
    }

    /// Lets only these channels take part.
    #[must_use]
    pub fn only(mut self, channels: ChannelMask) -> Request {
        self.channels = channels;
        self
    }

    /// Sets the coarse attributes.
    #[must_use]
    pub fn context(mut self, context: Context) -> Request {
        self.context = context;
        self
    }

    /// Sets what the answer must obey.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Request {
        self.rules = rules;
        self
    }

    /// Excludes more items.
    #[must_use]
    pub fn exclude(mut self, keys: impl IntoIterator<Item = String>) -> Request {
        self.exclude.extend(keys);
        self
    }

    /// Sets the number of results, at most [`MAX_LIMIT`].
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Request {
        self.limit = limit.min(MAX_LIMIT);
        self
    }
}

/// Why an item is in the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// The channel.
    pub channel: ChannelId,
    /// Place in the request's history of the trigger; `None` for the lists of crowd and cohorts, for what is new and for what
    /// is popular.
    pub trigger: Option<u32>,
    /// Share of the score, 0 to 1.
    pub share: f32,
}

/// One result.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// Item key.
    pub key: String,
    /// Fused score; 0 where a pin alone brought it.
    pub score: f32,
    /// Channels that proposed it.
    pub channels: ChannelMask,
    /// What each channel gave to the score, 0 to 1, in the order of [`ChannelId::ALL`].
    pub shares: [f32; ChannelId::ALL.len()],
    /// Its rank in the list of each channel, 1 being the best; 0 where that did not propose it.
    pub ranks: [u16; ChannelId::ALL.len()],
    /// Most important reasons first; shares add up to at most 1.
    pub why: Vec<Reason>,
}

/// What happened besides the results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    /// Cells that were searched.
    pub cells: u32,
    /// History items that the catalogue, as far as it is attached, does not know.
    pub unknown: u32,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// Each item once; best first, unless rules say otherwise.
    pub recommendations: Vec<Recommendation>,
    /// What happened besides.
    pub diagnostics: Diagnostics,
}

/// What a request makes of one item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// Its place in the answer, from 0.
    pub place: Option<u32>,
    /// Why it has none.
    pub held: Option<Held>,
    /// The item as it stands in the answer; where it does not, what every channel would give to it if nothing held it back.
    /// `None` where its key is not at hand, or no channel knows it.
    pub recommendation: Option<Recommendation>,
}

/// A file that a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileWanted {
    /// Content-hashed name: `c/<name>.er`.
    pub name: ShardName,
    /// What it holds.
    pub kind: crate::format::ShardKind,
    /// Its size, as manifest or directory say.
    pub bytes: u32,
}
