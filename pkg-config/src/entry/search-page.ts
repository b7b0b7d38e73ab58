/** Search of index files, for pages without a bundler: one file, copied beside its wasm. */
import init from '../search/glue.js';
import { createOpen } from '../search/open.js';
import { fastest } from '../search/relaxed.js';
import type { Open } from '../search/types.js';
import { startOnce, webHost } from '../loader.js';

export { EdgeRecallError } from '../errors.js';

const start = startOnce((wasm) => {
  const file = fastest('search_relaxed.wasm', 'search.wasm', 'search_baseline.wasm');
  return init({ module_or_path: wasm ?? new URL(file, import.meta.url) });
});

export const open: Open = createOpen({ ...webHost, start });
