/** Owns the public words of the package: everything an application or its editor sees. */

/** Event types, in the order of the documentation. */
export const EVENT_TYPES = ['view', 'click', 'like', 'cart', 'purchase', 'hide'] as const;
/** What a visitor did with an item. */
export type EventType = (typeof EVENT_TYPES)[number];

/** Recall channels; the position is the channel's bit in the core's answer. */
export const CHANNELS = ['i2i', 'next', 'u2i', 'crowd'] as const;
/** `i2i` similar items, `next` what usually follows, `u2i` the visitor's taste, `crowd` what a group likes. */
export type Channel = (typeof CHANNELS)[number];

/** The part of `fetch` that the package uses. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** What the wasm can be made from. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>;

/** Options of {@link Load}. */
export interface LoadOptions {
  /**
   * The wasm, where the package shall not find it itself: in Node as bytes or a module. Read by the first `load` of a
   * page or process only; in workerd never, the worker brings its own.
   */
  wasm?: WasmSource | undefined;
  /** Replaces `fetch` for the manifest and the shards, for example by a worker's asset binding. */
  fetch?: FetchLike | undefined;
  /** Aborts loading. */
  signal?: AbortSignal | undefined;
}

/**
 * Opens the folder that `edge-recall build` wrote.
 * @param url the folder: relative to the page, absolute, or in Node also a path or `file:` URL
 * @throws EdgeRecallError when `recall.json` is missing, is no JSON, or is of a format this version cannot read
 */
export type Load = (url: string | URL, options?: LoadOptions) => Promise<Recall>;

/** Options of every question. */
export interface AskOptions {
  /** Number of results, at most; default 12. */
  k?: number | undefined;
  /**
   * Item ids that must not come back, and the words `'seen'`, `'purchased'` and `'cart'`.
   * Default `['seen']` for `recommend`, nothing for the others. Hidden items never come back.
   */
  exclude?: readonly string[] | undefined;
  /** Rejects the call with `AbortError`. Files on their way still arrive, for later calls. */
  signal?: AbortSignal | undefined;
}

/** One reason why an item is in the list. */
export interface Reason {
  channel: Channel;
  /** The item of the visitor's history, or the seed, that led here. */
  seed?: string;
  /** What the visitor did with that item. */
  type?: EventType;
  /** Part of the score that this reason explains, 0 to 1. */
  share: number;
}

/** One recommended item. */
export interface Recommendation {
  id: string;
  /** Comparable within one list only. */
  score: number;
  /** The channel with the largest share. */
  channel: Channel;
  /** Every channel that found the item. */
  channels: Channel[];
  /** Strongest reason first. */
  why: Reason[];
}

/** What one call cost. */
export interface Stats {
  /** Body bytes received; the first call of an instance includes the manifest. */
  bytes: number;
  /** Requests sent; the first call of an instance includes the manifest. */
  requests: number;
  /** Files held already when the call began. */
  cached: number;
  /** Waves of requests, each waiting for the one before. */
  rounds: number;
  /** Wall time in milliseconds. */
  ms: number;
  /** Cells that the answer was computed from. */
  cells: number;
  /** Files that could not be had; the answer does without them. */
  missing: string[];
  /** Why, for each of them that was tried. */
  problems: Problem[];
  /** Set when the answer is smaller than it should be. */
  degraded?: 'missing';
}

/** Why a file of the build could not be used. */
export interface Problem {
  /** The file is `c/<shard>.er`. */
  shard: string;
  /** `unreachable`, `not-found`, or what the core refused it for: `not-a-shard`, `damaged-shard`, `skew`, ... */
  code: string;
  /** What is wrong and what to do. */
  message: string;
}

/** Results, best first, with the cost of the call. */
export type Recommendations = Recommendation[] & { readonly stats: Stats };

/** The visitor's history: it lives in memory, and leaves it only through `export`. */
export interface Profile {
  /** Everything in one versioned blob. */
  export(): Uint8Array;
  /**
   * Replaces the profile by an exported one.
   * @throws EdgeRecallError when the bytes are no profile; the present one stays
   */
  import(bytes: Uint8Array): void;
  /** Removes every event of one item. */
  forget(id: string): void;
  /** Removes everything, context included. */
  clear(): void;
}

/** A loaded recommender. Network trouble never rejects a question: the answer gets smaller, and `stats` says so. */
export interface Recall {
  /**
   * Coarse attributes of the visitor that choose crowd lists, for example `{ age: '25-34', gender: 'F' }`.
   * Replaces the earlier context; `undefined` leaves an attribute out.
   */
  setContext(attributes: Readonly<Record<string, string | undefined>>): void;
  /**
   * Notes what the visitor did, now.
   * @throws TypeError on an unknown event type or an id that is no non-empty string
   */
  observe(type: EventType, ids: string | readonly string[]): void;
  /** Items for this visitor; for one without history, what the crowd likes. */
  recommend(options?: AskOptions): Promise<Recommendations>;
  /** More like one item, or like several together. */
  similar(ids: string | readonly string[], options?: AskOptions): Promise<Recommendations>;
  /** What people like now, whatever this visitor did. */
  trending(options?: AskOptions): Promise<Recommendations>;
  readonly profile: Profile;
}
