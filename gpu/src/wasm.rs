//! The JavaScript exports of the artefact `webgpu.wasm`. Owns moving numbers across; `pkg-config/src/webgpu` is its other side.

use std::rc::Rc;

use edge_recall::candidate::ItemSet;
use edge_recall::ids::Ordinal;
use edge_recall::store::vectors::VectorStore;
use edge_recall::{AlignedBytes, Error};
use js_sys::{Array, Float32Array, Uint8Array, Uint32Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{GpuIndex, Settings};

/// One open index.
#[wasm_bindgen]
pub struct Searcher {
    // Shared with the searches that are under way: freeing an index does not pull it from under them.
    index: Rc<GpuIndex>,
}

#[wasm_bindgen]
impl Searcher {
    /// Opens an index file and uploads its rows, where there is a GPU.
    ///
    /// # Errors
    /// A string where the bytes are no sound index: code, section and message, a line each.
    pub async fn open(bytes: Uint8Array) -> Result<Searcher, JsValue> {
        let copy = AlignedBytes::with(bytes.length() as usize, |to| bytes.copy_to(to));
        let store = VectorStore::open(copy).map_err(|problem| {
            let error = Error::Shard { name: None, problem };
            JsValue::from(format!("{}\n{}\n{}", error.code(), error.section().unwrap_or_default(), error.message()))
        })?;
        Ok(Searcher { index: Rc::new(GpuIndex::open(store, Settings::default()).await) })
    }

    /// Rows, dimension, and the places of code and metric in their lists, cells, bytes.
    pub fn facts(&self) -> Vec<u32> {
        let store = self.index.store();
        let numbers = [store.rows(), store.dim(), store.code() as usize, store.metric() as usize];
        numbers.into_iter().chain([store.cells(), store.bytes()]).map(|number| number as u32).collect()
    }

    /// Answers queries of `each` numbers: `[lengths, ids, scores]`, all lists after one another.
    pub fn search(&self, queries: Vec<f32>, each: usize, k: usize, exclude: Vec<u32>) -> js_sys::Promise {
        let index = self.index.clone();
        wasm_bindgen_futures::future_to_promise(async move {
            let slices: Vec<&[f32]> = queries.chunks_exact(each.max(1)).collect();
            let excluded: ItemSet = exclude.into_iter().map(Ordinal).collect();
            let admits = |item: Ordinal| !excluded.contains(item);
            let some = (!excluded.as_slice().is_empty()).then_some(&admits as &dyn Fn(Ordinal) -> bool);
            let found = index.search_all(&slices, k, some).await;
            let lengths: Vec<u32> = found.iter().map(|list| list.len() as u32).collect();
            let ids: Vec<u32> = found.iter().flatten().map(|candidate| candidate.item.0).collect();
            let scores: Vec<f32> = found.iter().flatten().map(|candidate| candidate.score).collect();
            let columns = Array::new();
            columns.push(&Uint32Array::from(lengths.as_slice()));
            columns.push(&Uint32Array::from(ids.as_slice()));
            columns.push(&Float32Array::from(scores.as_slice()));
            Ok(columns.into())
        })
    }

    /// `[engine, reason, adapter, software, widened, fallbacks]`.
    pub fn stats(&self) -> Array {
        let stats = self.index.stats();
        let values: [JsValue; 6] = [
            stats.engine.into(),
            stats.reason.into(),
            stats.adapter.into(),
            stats.is_software.into(),
            (stats.widened as f64).into(),
            (stats.fallbacks as f64).into(),
        ];
        values.into_iter().collect()
    }

    /// The key of an id, where the file has keys.
    pub fn key(&self, id: u32) -> Option<String> {
        let keys = self.index.store().keys().ok().flatten()?;
        (id < keys.count()).then(|| keys.get(id))
    }
}
