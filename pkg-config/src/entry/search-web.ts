/** Search of index files, for browsers and bundlers: the wasm lies beside this module. */
import init from '../search/glue.js';
import { createOpen } from '../search/open.js';
import type { Open } from '../search/types.js';
import { startOnce, webHost } from '../loader.js';
import { simdWorks } from '../simd.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../search/types.js';

const start = startOnce((wasm) => {
  // Bundlers look for exactly this form of URL.
  const fast = new URL('./search_bg.wasm', import.meta.url);
  const baseline = new URL('./search_baseline_bg.wasm', import.meta.url);
  return init({ module_or_path: wasm ?? (simdWorks() ? fast : baseline) });
});

export const open: Open = createOpen({ ...webHost, start });
