/**
 * The wasm boundary as TypeScript sees it: the shape of `core.js`, which wasm-bindgen generates from `src/wasm`.
 * Written by hand so that the facade type-checks before any wasm is built; ARCHITECTURE.md holds the contract.
 */
import type { WasmSource } from './types.js';

/** One file that a request still lacks. */
export interface FileWanted {
  /** 16 characters: the file is `c/<name>.er`. */
  name: string;
  /** Shard kind, for example `vec` or `i2i`. */
  kind: string;
  /** Length of the whole file in bytes. */
  bytes: number;
}

/** One question to the core. */
export interface CoreRequest {
  task: 'recommend' | 'similar' | 'trending';
  k: number;
  /** The items that `similar` starts from. */
  seeds?: string[];
  /** Item keys, and the words `seen`, `purchased`, `cart`. */
  exclude?: string[];
  /** Now, in minutes since 1970: the core reads no clock. */
  minute: number;
}

/** Parallel arrays. Strings are joined by newlines, which no item key contains. */
export interface Answer {
  keys: string;
  scores: Float32Array;
  /** Bit `i` stands for channel `i` of `CHANNELS`. */
  channels: Uint8Array;
  /** What each channel gave to the score, 0 to 1: `CHANNELS.length` numbers per result. */
  shares: Float32Array;
  /** Reasons per result; the `why*` fields below hold all reasons in one row. */
  whyCounts: Uint8Array;
  whyChannel: Uint8Array;
  whyShare: Float32Array;
  /** Empty entry: no item is behind this reason. */
  whySeed: string;
  /** Empty entry: no event is behind this reason. */
  whyType: string;
  cells: number;
  missing: string[];
}

/** The recall engine. Methods throw an `Error` with `code` and, where known, `shard` and `section`. */
export class Core {
  /** @param manifest the parsed `recall.json` */
  constructor(manifest: object);
  /** Files that are not attached and can be named now; a file that cannot be had stays in the plan. */
  plan(request: CoreRequest): FileWanted[];
  attach(name: string, bytes: Uint8Array): void;
  finish(request: CoreRequest): Answer;
  observe(type: string, keys: string[], minute: number): void;
  setContext(attributes: Record<string, string>): void;
  exportProfile(): Uint8Array;
  importProfile(bytes: Uint8Array): void;
  forget(key: string): void;
  clearProfile(): void;
  /** Gives the wasm memory back; the object is unusable afterwards. */
  free(): void;
}

export function initSync(options: { module: BufferSource | WebAssembly.Module }): unknown;
export default function init(options: { module_or_path: WasmSource }): Promise<unknown>;
