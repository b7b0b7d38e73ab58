/**
 * The wasm as TypeScript sees it: the shape of the glue that wasm-bindgen generates from `src/wasm`. Written by hand so that
 * the facade type-checks before any wasm is built.
 */
import type { WasmSource } from './types.js';

/** One build and one profile. The first four bytes of an answer are zero, or the rest is an error. */
export class Core {
  call(task: number, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  attach(name: string, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  free(): void;
}

export function initSync(options: { module: BufferSource | WebAssembly.Module }): unknown;
export default function init(options: { module_or_path: WasmSource }): Promise<unknown>;
