/** Search of index files, for browsers and bundlers: the wasm lies beside this module. */
import init from '../search/glue.js';
import { createOpen } from '../search/open.js';
import { fastest } from '../search/relaxed.js';
import type { Open } from '../search/types.js';
import { startOnce, webHost } from '../loader.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../search/types.js';

const start = startOnce((wasm) => {
  // Bundlers look for exactly this form of URL.
  const relaxed = new URL('./search_relaxed_bg.wasm', import.meta.url);
  const simd = new URL('./search_bg.wasm', import.meta.url);
  const baseline = new URL('./search_baseline_bg.wasm', import.meta.url);
  return init({ module_or_path: wasm ?? fastest(relaxed, simd, baseline) });
});

export const open: Open = createOpen({ ...webHost, start });
