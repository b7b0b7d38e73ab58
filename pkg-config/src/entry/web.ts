/** Entry for browsers and bundlers: the wasm lies beside this module. */
import init, { Core } from '../core.js';
import { createLoader, startOnce, webHost } from '../loader.js';
import { simdWorks } from '../simd.js';
import type { Load } from '../types.js';

export { EdgeRecallError } from '../errors.js';
export { indexedDbStore, localStorageStore, memoryStore } from '../stores.js';
export type * from '../types.js';

const start = startOnce(async (wasm) => {
  // Bundlers look for exactly this form of URL.
  const fast = new URL('./core_bg.wasm', import.meta.url);
  const baseline = new URL('./core_baseline_bg.wasm', import.meta.url);
  await init({ module_or_path: wasm ?? (simdWorks() ? fast : baseline) });
  return Core;
});

export const load: Load = createLoader({ ...webHost, start });
