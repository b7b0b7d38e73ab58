//! Owns the search: the GPU is asked, and where what it found is not certain, asked for longer lists, and at last the exact
//! scan. Holds the store, the rows on the GPU, and what is known of both.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use edge_recall::candidate::{Admits, Candidate};
use edge_recall::format::codes::Code;
use edge_recall::ids::Ordinal;
use edge_recall::index::VectorIndex;
use edge_recall::index::cells::ExactScan;
use edge_recall::kernel::{self, IntegerQuery};
use edge_recall::store::vectors::VectorStore;
use wgpu::Buffer;

use crate::bound::Lengths;
use crate::certain::{Task, certain};
use crate::clock::Clock;
use crate::device::Gpu;
use crate::dispatch::{Batch, Dispatcher};
use crate::layout;
use crate::rows::{GpuRows, storage};
use crate::shader::Variant;

/// Queries that are submitted together: a display must not wait seconds for its turn on a small GPU.
const TOGETHER: usize = 256;

/// What an index is opened with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Largest buffer of rows in bytes; `None` = what the device allows.
    pub buffer_bytes: Option<u64>,
    /// Take no more workgroup memory than every device has.
    pub modest: bool,
}

/// What an index has to say about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// Who searches: `webgpu` or `simd`.
    pub engine: &'static str,
    /// Why it is not the GPU.
    pub reason: Option<String>,
    /// The adapter that was found, if any.
    pub adapter: Option<String>,
    /// Whether a processor plays that adapter's GPU.
    pub is_software: bool,
    /// Searches that needed longer lists than at first.
    pub widened: u64,
    /// Searches that the exact scan on the processor had to answer although there is a GPU.
    pub fallbacks: u64,
}

/// An index file whose rows are on the GPU, too. Answers are those of the exact scan, to the bit.
pub struct GpuIndex {
    store: VectorStore,
    engine: Option<Engine>,
    /// Why there is no engine, or why it may not be used any more.
    reason: Mutex<Option<String>>,
    adapter: Option<(String, bool)>,
    widened: AtomicU64,
    fallbacks: AtomicU64,
}

struct Engine {
    gpu: Gpu,
    rows: GpuRows,
    lengths: Lengths,
    dispatcher: Dispatcher,
    clock: Option<Clock>,
    workgroup_bytes: u32,
}

impl GpuIndex {
    /// Uploads the rows of a store. Never fails: without a GPU the store is searched on the processor, and `stats` say why.
    pub async fn open(store: VectorStore, settings: Settings) -> GpuIndex {
        let mut adapter = None;
        let (engine, reason) = match Engine::start(&store, settings, &mut adapter).await {
            Ok(engine) => (Some(engine), None),
            Err(reason) => (None, Some(reason)),
        };
        let (widened, fallbacks) = Default::default();
        GpuIndex { store, engine, reason: Mutex::new(reason), adapter, widened, fallbacks }
    }

    /// The store.
    pub fn store(&self) -> &VectorStore {
        &self.store
    }

    /// The state of things.
    pub fn stats(&self) -> Stats {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reason = reason.or_else(|| self.engine.as_ref().and_then(|engine| engine.gpu.trouble()));
        Stats {
            engine: if reason.is_none() { "webgpu" } else { "simd" },
            reason,
            adapter: self.adapter.as_ref().map(|(name, _)| name.clone()),
            is_software: self.adapter.as_ref().is_some_and(|(_, is_software)| *is_software),
            widened: self.widened.load(Ordering::Relaxed),
            fallbacks: self.fallbacks.load(Ordering::Relaxed),
        }
    }

    /// The best `limit` ids for each query, in the total order of `topk`, without those that `admits` turns away.
    ///
    /// A query is a vector, or several interests after one another; a row's score is its best over them. The answer is that
    /// of [`ExactScan`], to the bit. `admits` of `None` admits all.
    pub async fn search_all(
        &self,
        queries: &[&[f32]],
        limit: usize,
        admits: Option<&Admits<'_>>,
    ) -> Vec<Vec<Candidate>> {
        let mut tasks: Vec<Task<'_>> = queries.iter().map(|query| self.task(query)).collect();
        if let Some(engine) = self.engine.as_ref().filter(|_| limit > 0 && self.stats().reason.is_none()) {
            if let Err(reason) = engine.answer(&self.store, &mut tasks, limit, admits, &self.widened).await {
                self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
            } else {
                let left = tasks.iter().filter(|task| task.found.is_none()).count();
                self.fallbacks.fetch_add(left as u64, Ordering::Relaxed);
            }
        }
        let all = |_: Ordinal| true;
        let admits = admits.unwrap_or(&all);
        let flat = |query: &[f32]| ExactScan(&self.store).search(query, limit, admits);
        tasks.into_iter().zip(queries).map(|(task, query)| task.found.unwrap_or_else(|| flat(query))).collect()
    }

    /// Seconds that the last search took on the GPU, where the device has a clock.
    pub async fn seconds_on_gpu(&self) -> Option<f64> {
        let engine = self.engine.as_ref()?;
        engine.clock.as_ref()?.seconds(&engine.gpu).await.ok()
    }

    /// Bytes of rows on the GPU; 0 without one.
    pub fn bytes_on_gpu(&self) -> usize {
        let bytes = |engine: &Engine| engine.rows.groups * engine.rows.words * crate::shader::GROUP * 4;
        self.engine.as_ref().map_or(0, bytes)
    }

    /// Gives the device up, as a driver that restarts would.
    pub fn lose(&self) {
        if let Some(engine) = &self.engine {
            engine.gpu.device.destroy();
        }
    }

    fn task<'a>(&self, query: &'a [f32]) -> Task<'a> {
        Task { interests: query.chunks_exact(self.store.dim()).collect(), bounds: Vec::new(), found: None }
    }
}

impl Engine {
    async fn start(
        store: &VectorStore,
        settings: Settings,
        adapter: &mut Option<(String, bool)>,
    ) -> Result<Engine, String> {
        let code = store.finest_code();
        let Some(words) = layout::row_words(code, store.dim()) else {
            return Err(format!(
                "rows of code {} are not kept on the GPU: make the index with f16 or int8",
                code.name()
            ));
        };
        if store.rows() == 0 {
            return Err("the index is empty".to_owned());
        }
        let gpu = Gpu::open().await?;
        *adapter = Some((gpu.adapter.clone(), gpu.is_software));
        let most = settings.buffer_bytes.unwrap_or(u64::MAX).min(gpu.buffer_bytes);
        let rows = GpuRows::upload(&gpu, store, words, most).await?;
        let workgroup_bytes = if settings.modest { 16 << 10 } else { gpu.workgroup_bytes };
        let (lengths, clock) = (Lengths::of(store), Clock::of(&gpu));
        Ok(Engine { gpu, rows, lengths, dispatcher: Dispatcher::default(), clock, workgroup_bytes })
    }

    /// Answers what can be answered with certainty; an error means that the GPU is of no use any more.
    async fn answer(
        &self,
        store: &VectorStore,
        tasks: &mut [Task<'_>],
        limit: usize,
        admits: Option<&Admits<'_>>,
        widened: &AtomicU64,
    ) -> Result<(), String> {
        let own = admits.map(|admits| self.barred(store, admits));
        let barred = own.as_ref().unwrap_or(&self.rows.barred_buffer);
        let mut open: Vec<usize> = Vec::new();
        for (place, task) in tasks.iter_mut().enumerate() {
            if let Some(bounds) = task.interests.iter().map(|query| self.bound(store, query)).collect() {
                task.bounds = bounds;
                open.push(place);
            }
        }
        // Some more than are wanted, so that scores on the GPU need not be exact.
        let mut wanted = limit.saturating_add((limit / 8).max(8)).min(store.rows());
        let mut is_first = true;
        while let Some(variant) = Variant::of(wanted, 1, self.workgroup_bytes).filter(|_| !open.is_empty()) {
            if !is_first {
                widened.fetch_add(open.len() as u64, Ordering::Relaxed);
            }
            let interests: Vec<&[f32]> = open.iter().flat_map(|&place| tasks[place].interests.clone()).collect();
            let mut lists = Vec::with_capacity(interests.len());
            for together in interests.chunks(TOGETHER) {
                let variant = Variant::of(wanted, together.len(), self.workgroup_bytes).unwrap_or(variant);
                let batch = self.batch(store, together, variant);
                let (gpu, clock) = (&self.gpu, self.clock.as_ref());
                lists.extend(self.dispatcher.best(gpu, &self.rows, barred, &batch, variant, clock).await?);
            }
            let mut lists = lists.as_slice();
            let mut uncertain = Vec::new();
            for place in open {
                let task = &mut tasks[place];
                let (own, rest) = lists.split_at_checked(task.interests.len()).ok_or("the GPU answered too little")?;
                lists = rest;
                task.found = certain(store, task, own, variant.kept, limit)?;
                if task.found.is_none() {
                    uncertain.push(place);
                }
            }
            (open, wanted, is_first) = (uncertain, variant.kept + 1, false);
        }
        Ok(())
    }

    /// The rows that may not be found, as bits on the GPU.
    fn barred(&self, store: &VectorStore, admits: &Admits<'_>) -> Buffer {
        let mut bits = self.rows.barred.clone();
        for row in 0..store.rows() {
            if !admits(Ordinal(store.id(row))) {
                bits[row / 32] |= 1 << (row % 32);
            }
        }
        storage(&self.gpu, "barred", bytemuck::cast_slice(&bits))
    }

    /// How far scores of this query may be off; `None` for queries that are not for the GPU.
    fn bound(&self, store: &VectorStore, query: &[f32]) -> Option<f64> {
        if store.finest_code() == Code::F16 {
            return self.lengths.of_floats(query);
        }
        let offsets = (0..store.cells()).map(|cell| kernel::dot(query, store.centroid(cell)));
        let most = offsets.fold(0f32, |most, offset| if offset.is_nan() { offset } else { most.max(offset.abs()) });
        self.lengths.of_integers(&IntegerQuery::of(query), most)
    }

    fn batch(&self, store: &VectorStore, interests: &[&[f32]], variant: Variant) -> Batch {
        let (count, many, cells) = (interests.len(), variant.queries(), store.cells());
        if store.finest_code() == Code::F16 {
            let words = layout::float_queries(interests, store.dim(), many);
            return Batch { count, words, offsets: None, cells };
        }
        let queries: Vec<IntegerQuery> = interests.iter().map(|interest| IntegerQuery::of(interest)).collect();
        let mut offsets = Vec::with_capacity(count.next_multiple_of(many) * (cells + 1));
        for (interest, query) in interests.iter().zip(&queries) {
            offsets.extend((0..cells).map(|cell| kernel::dot(interest, store.centroid(cell))));
            offsets.push(query.scale);
        }
        offsets.resize(count.next_multiple_of(many) * (cells + 1), 0.0);
        let words = layout::integer_queries(&queries, store.dim(), many);
        Batch { count, words, offsets: Some(offsets), cells }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl VectorIndex for GpuIndex {
    fn search(&self, query: &[f32], limit: usize, admits: &Admits<'_>) -> Vec<Candidate> {
        let queries = [query];
        let found = self.search_all(&queries, limit, Some(admits));
        pollster::block_on(found).into_iter().next().unwrap_or_default()
    }
}
