/** Entry for workerd: compiling bytes is forbidden there, so the wasm is imported and started with the worker. */
import module from './core_bg.wasm';
import { Core, initSync } from '../core.js';
import { createLoader, webHost } from '../loader.js';
import type { Load } from '../types.js';

export { EdgeRecallError } from '../errors.js';
export { indexedDbStore, localStorageStore, memoryStore } from '../stores.js';
export { cookieStore, kvStore } from '../server-stores.js';
export type { CookieOptions, CookieRequest, KeyValueLike } from '../server-stores.js';
export type * from '../types.js';

initSync({ module });

const { resolve, fetch } = webHost;
// A response belongs to the request that fetched it, and `cache: 'no-cache'` needs a compatibility date of 2025-08.
export const load: Load = createLoader({ start: async () => Core, resolve, fetch, shared: false });
