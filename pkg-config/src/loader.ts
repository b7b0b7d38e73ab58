/** Owns `load`: what every host does alike, around the few lines that differ. */
import type { Core } from './core.js';
import { EdgeRecallError, Guard } from './errors.js';
import { Instance } from './instance.js';
import { Transport, type Tally } from './transport.js';
import type { FetchLike, Load, WasmSource } from './types.js';

/** What an entry point has to say about its host. */
export interface Host {
  /** Makes the wasm ready and names the class of the core. */
  start(wasm: WasmSource | undefined): Promise<typeof Core>;
  /** The folder's URL, with or without its last slash; throws when there is nothing to resolve against. */
  resolve(url: string | URL): URL;
  fetch: FetchLike;
  /** Cache mode for the manifest, where the host knows cache modes. */
  manifestCache?: RequestCache;
  /** False where concurrent calls may not wait for each other's responses. */
  shared?: boolean;
}

/** The parts of a host that any browser-like place shares. */
export const webHost: Omit<Host, 'start'> = {
  resolve: (url) => new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href),
  // A wrapper, because `fetch` refuses to be called as a method of another object.
  fetch: (url, init) => fetch(url, init),
  manifestCache: 'no-cache',
};

/** Makes an entry point's `load`. */
export function createLoader(host: Host): Load {
  // One guard for all: every instance of an entry point lives in the same wasm memory, and dies with it.
  const guard = new Guard();
  return async (url, { wasm, fetch = host.fetch, signal } = {}) => {
    signal?.throwIfAborted();
    const transport = new Transport(folder(host, url), fetch, host.manifestCache, host.shared ?? true);
    const tally: Tally = { bytes: 0, requests: 0 };
    const [CoreClass, manifest] = await Promise.all([start(host, wasm), transport.manifest(tally, signal)]);
    signal?.throwIfAborted();
    return new Instance(CoreClass, guard, transport, manifest, tally);
  };
}

/** Remembers the first success of `work`: wasm-bindgen's glue holds one module, so starting twice would swap it. */
export function startOnce(work: Host['start']): Host['start'] {
  let started: ReturnType<Host['start']> | undefined;
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
