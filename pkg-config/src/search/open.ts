/** Owns how an index file gets into the wasm's memory: one download, one copy. */
import { EdgeRecallError } from '../errors.js';
import type { FetchLike, WasmSource } from '../types.js';
import { Searcher } from './glue.js';
import { IndexFile } from './index-file.js';
import type { Open } from './types.js';

/** What differs from host to host. */
export interface SearchHost {
  /** Starts the wasm; more than once only where the application brings its own. */
  start(wasm: WasmSource | undefined): Promise<{ memory: WebAssembly.Memory }>;
  resolve(url: string | URL): URL;
  fetch: FetchLike;
}

export function createOpen(host: SearchHost): Open {
  return async (source, { fetch = host.fetch, signal, wasm } = {}) => {
    const started = host.start(wasm);
    const bytes = isBytes(source) ? bytesOf(source) : await download(host.resolve(source), fetch, signal);
    const { memory } = await started;
    const searcher = new Searcher(bytes.length);
    new Uint8Array(memory.buffer, searcher.file(), bytes.length).set(bytes);
    return new IndexFile(searcher, memory, bytes.length);
  };
}

function isBytes(source: unknown): source is ArrayBuffer | Uint8Array {
  return source instanceof ArrayBuffer || source instanceof Uint8Array;
}

/** The bytes where they lie: they are copied once, into the wasm. */
function bytesOf(source: ArrayBuffer | Uint8Array): Uint8Array {
  return source instanceof Uint8Array ? source : new Uint8Array(source);
}

async function download(url: URL, fetch: FetchLike, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let response;
  try {
    response = await fetch(url.href, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EdgeRecallError('index-unreachable', `${url} cannot be reached; is the host up, and does it allow this origin?`, { cause });
  }
  if (!response.ok) {
    throw new EdgeRecallError('index-missing', `${url} answered ${response.status}; upload the file that \`edge-recall index\` wrote`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
