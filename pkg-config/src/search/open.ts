/** Owns how an index file gets into the wasm's memory: one download, one copy. */
import type { FetchLike, WasmSource } from '../types.js';
import { Searcher } from './glue.js';
import { IndexFile } from './index-file.js';
import { bytesOf } from './source.js';
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
    const bytes = await bytesOf(source, host.resolve, fetch, signal);
    const { memory } = await started;
    const searcher = new Searcher(bytes.length);
    new Uint8Array(memory.buffer, searcher.file(), bytes.length).set(bytes);
    return new IndexFile(searcher, memory, bytes.length);
  };
}
