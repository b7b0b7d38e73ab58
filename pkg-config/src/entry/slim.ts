/** Entry without wasm, for libraries: the application passes it as `options.wasm`. */
import init, { Core } from '../core.js';
import { createLoader, startOnce, webHost } from '../loader.js';
import type { LoadOptions, Recall, WasmSource } from '../types.js';

export { EdgeRecallError } from '../errors.js';
export { indexedDbStore, localStorageStore, memoryStore } from '../stores.js';
export { cookieStore, kvStore } from '../server-stores.js';
export type { CookieOptions, CookieRequest, KeyValueLike } from '../server-stores.js';
export type * from '../types.js';

const start = startOnce(async (wasm) => {
  if (wasm === undefined) throw new TypeError('edge-recall/slim: load() needs options.wasm');
  await init({ module_or_path: wasm });
  return Core;
});

export const load: (url: string | URL, options: LoadOptions & { wasm: WasmSource }) => Promise<Recall> =
  createLoader({ ...webHost, start });
