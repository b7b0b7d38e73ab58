/** Search of index files, for Node, Deno and Bun: wasm and files from disk, or over HTTP. */
import { readFile } from 'node:fs/promises';
import init from '../search/glue.js';
import { createOpen } from '../search/open.js';
import type { Open } from '../search/types.js';
import { startOnce } from '../loader.js';
import { fetchFile, resolve } from '../node-files.js';

export { EdgeRecallError } from '../errors.js';
export type * from '../search/types.js';

const start = startOnce(async (wasm) =>
  init({ module_or_path: wasm ?? (await readFile(new URL('./search_bg.wasm', import.meta.url))) }),
);

export const open: Open = createOpen({ start, resolve, fetch: fetchFile });
