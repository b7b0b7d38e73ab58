/** Search of index files, for Node, Deno and Bun: wasm and files from disk, or over HTTP. */
import { readFile } from 'node:fs/promises';
import init from '../search/glue.js';
import { createOpen } from '../search/open.js';
import { fastest } from '../search/relaxed.js';
import type { Open } from '../search/types.js';
import { startOnce } from '../loader.js';
import { fetchFile, resolve } from '../node-files.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../search/types.js';

const start = startOnce(async (wasm) => {
  const file = fastest('./search_relaxed_bg.wasm', './search_bg.wasm', './search_baseline_bg.wasm');
  return init({ module_or_path: wasm ?? (await readFile(new URL(file, import.meta.url))) });
});

export const open: Open = createOpen({ start, resolve, fetch: fetchFile });
