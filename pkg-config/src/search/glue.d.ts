/**
 * Search's wasm as TypeScript sees it: the shape of the glue that wasm-bindgen generates from `src/wasm/search.rs`. Written by
 * hand so that the facade type-checks before any wasm is built.
 */
import type { WasmSource } from '../types.js';

/** One index file. What returns a number of bytes returns a place in the memory. */
export class Searcher {
  constructor(bytes: number);
  file(): number;
  open(): string | undefined;
  facts(): Uint32Array;
  query(numbers: number): number;
  exclude(ids: number): number;
  search(kind: number, k: number, probes: number): number;
  ids(): number;
  scores(): number;
  key(id: number): string | undefined;
  free(): void;
}

export function initSync(options: { module: BufferSource | WebAssembly.Module }): { memory: WebAssembly.Memory };
export default function init(options: { module_or_path: WasmSource }): Promise<{ memory: WebAssembly.Memory }>;
