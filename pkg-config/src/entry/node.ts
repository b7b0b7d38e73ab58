/** Entry for Node, Deno and Bun: wasm from disk, shards from a folder or over HTTP. */
import { readFile } from 'node:fs/promises';
import init, { Core } from '../core.js';
import { createLoader, startOnce, webHost } from '../loader.js';
import { fetchFile, resolve } from '../node-files.js';
import type { Load } from '../types.js';

export { EdgeRecallError } from '../errors.js';
export { indexedDbStore, localStorageStore, memoryStore } from '../stores.js';
export { cookieStore, kvStore } from '../server-stores.js';
export type { CookieOptions, CookieRequest, KeyValueLike } from '../server-stores.js';
export type * from '../types.js';

const start = startOnce(async (wasm) => {
  await init({ module_or_path: wasm ?? (await readFile(new URL('./core_bg.wasm', import.meta.url))) });
  return Core;
});

export const load: Load = createLoader({ ...webHost, start, resolve, fetch: fetchFile, cache: undefined });
