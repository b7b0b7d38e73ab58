/** Owns `load`: what every host does alike, around the few lines that differ. */
import { limitsOf, Patience } from './call.js';
import type { Core } from './core.js';
import { Engine } from './engine.js';
import { EdgeRecallError, Guard } from './errors.js';
import { Instance, oneOf } from './instance.js';
import { Shelf } from './shelf.js';
import { indexedDbStore, memoryStore } from './stores.js';
import { Transport, type FetchedManifest, type Tally } from './transport.js';
import { CONSENTS, PRIVACY_MODES, type CacheLike, type FetchLike, type Load } from './types.js';
import type { ProfileStore, WasmSource } from './types.js';

/** What an entry point has to say about its host. */
export interface Host {
  /** Makes the wasm ready and names the class of the core. */
  start(wasm: WasmSource | undefined): Promise<typeof Core>;
  /** The folder's URL, with or without its last slash; throws when there is nothing to resolve against. */
  resolve(url: string | URL): URL;
  fetch: FetchLike;
  /** Cache mode for the manifest, where the host knows cache modes. */
  manifestCache?: RequestCache;
  /** The cache of a page, where pages have one. */
  cache?: (() => Promise<CacheLike>) | undefined;
  /** False where concurrent calls may not wait for each other's responses. */
  shared?: boolean;
}

/** The parts of a host that any browser-like place shares. */
export const webHost: Omit<Host, 'start'> = {
  resolve: (url) => new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href),
  // A wrapper, because `fetch` refuses to be called as a method of another object.
  fetch: (url, init) => fetch(url, init),
  manifestCache: 'no-cache',
  cache: () => caches.open('edge-recall'),
};

/** Makes an entry point's `load`. */
export function createLoader(host: Host): Load {
  // One guard for all: every instance of an entry point lives in the same wasm memory, and dies with it.
  const guard = new Guard();
  return async (url, options = {}) => {
    const { wasm, fetch = host.fetch, signal, consent = 'session', privacy = 'default', device } = options;
    oneOf('load: consent', consent, CONSENTS);
    oneOf('load: privacy', privacy, PRIVACY_MODES);
    const { ms } = limitsOf(options.budget);
    signal?.throwIfAborted();
    const base = folder(host, url);
    const shelf = new Shelf(base.href, () => (options.cache === undefined ? host.cache?.() : options.cache));
    if (consent === 'denied') void shelf.switch(false);
    const transport = new Transport(base, fetch, host.manifestCache, host.shared ?? true, shelf);
    const tally: Tally = { bytes: 0, requests: 0, cached: 0 };
    const manifest = firstManifest(transport, tally, ms, signal);
    const [CoreClass, source] = await Promise.all([start(host, wasm), manifest]);
    signal?.throwIfAborted();
    const store = options.store ?? defaultStore(base);
    const engine = new Engine(CoreClass, guard, transport, source, tally);
    const instance = new Instance(engine, shelf, { budget: options.budget, frugal: savesData(), privacy, device }, store);
    // A store that does not answer is waited for no longer than a file; what it has joins in when it comes.
    if (consent !== 'session') {
      const patience = new Patience(ms);
      await patience.wait(instance.setConsent(consent));
      patience.end();
    }
    return instance;
  };
}

/** The host's manifest; where it cannot be had in time, the one kept from an earlier visit. */
async function firstManifest(
  transport: Transport,
  tally: Tally,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  const fetched = transport.manifest(tally, signal);
  // Heard below, but only after the cache has answered.
  fetched.catch(() => {});
  const kept = await transport.keptManifest().catch(() => undefined);
  if (!kept) return fetched;
  const patience = new Patience(ms);
  try {
    return (await patience.wait(fetched)) ?? { ...kept, kept: 'offline' };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...kept, kept: (error as EdgeRecallError).code === 'manifest-unreachable' ? 'offline' : 'stale' };
  } finally {
    patience.end();
  }
}

function savesData(): boolean {
  const { connection } = (globalThis.navigator ?? {}) as { connection?: { saveData?: boolean } };
  return connection?.saveData === true;
}

/** One database for each folder of data: ids of one catalogue mean nothing in another. */
function defaultStore(base: URL): ProfileStore {
  return globalThis.indexedDB ? indexedDbStore(`edge-recall ${base.href}`) : memoryStore();
}

/** Remembers the first success of `work`: wasm-bindgen's glue holds one module, so starting twice would swap it. */
export function startOnce<T>(work: (wasm: WasmSource | undefined) => Promise<T>): typeof work {
  let started: Promise<T> | undefined;
  return (wasm) => {
    started ??= work(wasm).catch((error: unknown) => {
      started = undefined;
      throw error;
    });
    return started;
  };
}

async function start(host: Host, wasm: WasmSource | undefined): Promise<typeof Core> {
  try {
    return await host.start(wasm);
  } catch (cause) {
    if (cause instanceof EdgeRecallError) throw cause;
    throw new EdgeRecallError('wasm-unavailable', `the wasm could not be started: ${String(cause)}`, { cause });
  }
}

function folder(host: Host, url: string | URL): URL {
  try {
    const base = host.resolve(url);
    // Without the slash, names would resolve beside the folder instead of inside it.
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    return base;
  } catch (cause) {
    const message = `load: ${String(url)} is no URL; outside a page it must be absolute`;
    throw new EdgeRecallError('bad-url', message, { cause });
  }
}
