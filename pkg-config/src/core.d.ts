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

/** What to fetch now, all at once. */
export interface Plan {
  /** Nothing here and `last` false: something is lacking that the rest of the budget does not allow. */
  files: FileWanted[];
  /** Nothing further will be wanted: finish after these. */
  last: boolean;
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
  /** What may still be spent on files, in bytes and in number; absent = no limit. */
  bytes?: number;
  files?: number;
  /** Names of files that cannot be had: the plan does without them. */
  lost?: string[];
  /** `head`: only files that are the same for everyone; `decoy`: some cells more, chosen by `device`. */
  privacy?: 'head' | 'decoy';
  /** 32 bits, fixed for a device. */
  device?: number;
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
}

/** The recall engine. Methods throw an `Error` with `code` and, where known, `shard` and `section`. */
export class Core {
  /** @param manifest the parsed `recall.json` */
  constructor(manifest: object);
  plan(request: CoreRequest): Plan;
  attach(name: string, bytes: Uint8Array): void;
  finish(request: CoreRequest): Answer;
  /** Fills the profile's item cards from what is attached; true when that changed the profile. */
  keep(): boolean;
  /**
   * Display fields of items: a line for each, its values in the order of the manifest's `fields` with U+001F between
   * them, or nothing yet; and the files that have more.
   */
  fields?(keys: string[]): { files: FileWanted[]; texts: string };
  observe(type: string, keys: string[], minute: number): void;
  /** Takes an item card that a page carried; throws `stale-card` or `bad-card`. */
  addCard(key: string, bytes: Uint8Array): void;
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
