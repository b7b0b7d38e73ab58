/** Entry for pages without a bundler: one file, copied beside the data together with its wasm. */
import init, { Core } from '../core.js';
import { createLoader, startOnce, webHost } from '../loader.js';
import { simdWorks } from '../simd.js';
import type { Load } from '../types.js';

export { EdgeRecallError } from '../errors.js';
export { indexedDbStore, localStorageStore, memoryStore } from '../stores.js';

const start = startOnce(async (wasm) => {
  const file = simdWorks() ? 'recall.wasm' : 'recall_baseline.wasm';
  await init({ module_or_path: wasm ?? new URL(file, import.meta.url) });
  return Core;
});

export const load: Load = createLoader({ ...webHost, start });
