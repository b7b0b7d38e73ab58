/**
 * The wasm of the GPU search as TypeScript sees it: the shape of the glue that wasm-bindgen generates from `gpu/src/wasm.rs`.
 * Written by hand so that the facade type-checks before any wasm is built.
 */
import type { WasmSource } from '../types.js';

/** One index file. */
export class Searcher {
  static open(bytes: Uint8Array): Promise<Searcher>;
  facts(): Uint32Array;
  search(queries: Float32Array, each: number, k: number, exclude: Uint32Array): Promise<[Uint32Array, Uint32Array, Float32Array]>;
  stats(): [string, string | undefined, string | undefined, boolean, number, number];
  key(id: number): string | undefined;
  free(): void;
}

export default function init(options: { module_or_path: WasmSource }): Promise<unknown>;
