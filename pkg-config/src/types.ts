/** Owns the public words of the package: everything an application or its editor sees. */
import type { Explanation, Recommendations, Stats } from './results.js';
import type { Rules } from './rules.js';

export type * from './results.js';
export type * from './rules.js';

/** Event types, in the order of the documentation. */
export const EVENT_TYPES = ['view', 'click', 'like', 'cart', 'purchase', 'hide'] as const;
/** What a visitor did with an item. */
export type EventType = (typeof EVENT_TYPES)[number];

export const CONSENTS = ['session', 'granted', 'denied'] as const;
/**
 * What the visitor allows: `session` keeps the profile in memory, `granted` keeps it on the device, `denied` keeps
 * nothing: questions are answered from the crowd and from given items.
 */
export type Consent = (typeof CONSENTS)[number];

export const PRIVACY_MODES = ['default', 'head', 'decoy'] as const;
/**
 * What requests tell the host of the files: `default` fetches the cells that the profile points to, `decoy` some more
 * that are fixed for the device, `head` nothing but files that are the same for everyone.
 */
export type Privacy = (typeof PRIVACY_MODES)[number];

/** The part of `fetch` that the package uses. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** What the wasm can be made from. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>;

/**
 * What a call may cost. `Infinity` means no limit: with `bytes` and `requests` so, every file is loaded. What no answer
 * can do without, where it does not ride inside the manifest, is fetched whatever the budget; and a call that meets a new
 * build begins to count anew.
 */
export interface Budget {
  /** Bytes of files to receive, the manifest apart. Default: what the build recommends, usually 250,000. */
  bytes?: number | undefined;
  /** Requests to send; one is set aside for the manifest. Default: what the build recommends, usually 10. */
  requests?: number | undefined;
  /** Milliseconds to wait for files, default 1,500; as long again for display fields. What is late serves later calls. */
  ms?: number | undefined;
}

/**
 * Keeps one blob. Methods may be synchronous; what they throw is reported in `stats.problems`, and after a `load` that failed
 * nothing is saved, unless its error has the code `bad-profile`: that blob is given up.
 */
export interface ProfileStore {
  /** The blob saved last, or nothing. */
  load(): Uint8Array | null | undefined | Promise<Uint8Array | null | undefined>;
  save(bytes: Uint8Array): void | Promise<void>;
  /** Forgets the blob, and leaves no trace where that can be done. */
  clear(): void | Promise<void>;
  /** Headers that a response must carry for what was kept, where the visitor's browser keeps it: see {@link Profile.headers}. */
  headers?(): [name: string, value: string][];
}

/** The part of the Cache API that the package uses, for example `await caches.open('shop')` or `caches.default`. */
export interface CacheLike {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
  /** Oldest entry first. A cache without it bounds itself. */
  keys?(): Promise<readonly { readonly url: string }[]>;
}

/** Options of {@link Load}. */
export interface LoadOptions {
  /**
   * The wasm, where the package shall not find it itself: in Node as bytes or a module. Read by the first `load` of a
   * page or process only; in workerd never, the worker brings its own.
   */
  wasm?: WasmSource | undefined;
  /** Replaces `fetch` for the manifest and the shards, for example by a worker's asset binding. */
  fetch?: FetchLike | undefined;
  /** What each call may cost. A browser that asks to save data halves bytes and requests. */
  budget?: Budget | undefined;
  /** What the visitor allows; default `session`. See {@link Recall.setConsent}. */
  consent?: Consent | undefined;
  /**
   * Where the profile is kept while consent is `granted`. Default: an IndexedDB database for each folder of data, and
   * memory where there is no IndexedDB.
   */
  store?: ProfileStore | undefined;
  /**
   * Where the manifest and used shards are kept, at most 2 MB, for visits without a network; nothing is kept while
   * consent is `denied`. Default: `caches.open('edge-recall')` in pages, none elsewhere; `null` turns it off.
   */
  cache?: CacheLike | null | undefined;
  /** What requests may tell the host of the files. */
  privacy?: Privacy | undefined;
  /** Chooses the files of `decoy`: 32 bits, fixed for a device. Default: drawn once, and kept beside the profile. */
  device?: number | undefined;
  /** Aborts loading. */
  signal?: AbortSignal | undefined;
}

/**
 * Opens the folder that `edge-recall build` wrote.
 * @param url the folder: relative to the page, absolute, or in Node also a path or `file:` URL
 * @throws EdgeRecallError when `recall.json` is missing and no cache has it, is no JSON, or is of a format this version
 * cannot read
 */
export type Load = (url: string | URL, options?: LoadOptions) => Promise<Recall>;

/** What a list shall be. */
export interface Shape extends Rules {
  /** Number of results, at most; default 12. */
  k?: number | undefined;
  /**
   * Item ids that must not come back, and the words `'seen'`, `'purchased'` and `'cart'`.
   * Default `['seen']` for `recommend`, unless the build found that visitors come back to what they met (its manifest
   * has `repeat`): then nothing, as for the other questions. Hidden items never come back.
   */
  exclude?: readonly string[] | undefined;
}

/** One list of a page that has several. What it does not say, the question's own options say. */
export interface Slot extends Shape {
  /** Comes back as the `name` of its list. */
  name?: string | undefined;
  k: number;
}

/** Options of every question. */
export interface AskOptions extends Shape {
  /**
   * Several lists of one page, filled in this order from one round of files: no item stands in two of them, and `spread` and
   * `diversity` count what stands in the lists before. The answer's `slots` holds them, the answer itself all results in a
   * row. Their `k` take the place of the question's, and their places to pin begin at 0 each.
   */
  slots?: readonly Slot[] | undefined;
  /** Replaces single limits of `load`'s budget for this call, to the letter. */
  budget?: Budget | undefined;
  /** False leaves out the display fields of the results, and the requests for them. */
  cards?: boolean | undefined;
  /** Rejects the call with `AbortError`. Files on their way still arrive, for later calls. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link Recall.explain}: those of the question, for one list. */
export type ExplainOptions = Omit<AskOptions, 'slots' | 'cards'>;

/** Options of {@link Recall.observe}. */
export interface ObserveOptions {
  /**
   * The item's card, as `edge-recall card` prints it (base64): with it in the page, nothing is fetched to know the item.
   * One that cannot be used is reported in the next call's `stats.problems`.
   */
  card?: string | undefined;
}

/** The visitor's history. It leaves the device only through `export`. */
export interface Profile {
  /** Everything in one versioned blob. */
  export(): Uint8Array;
  /**
   * Replaces the profile by an exported one.
   * @throws EdgeRecallError when the bytes are no profile; the present one stays
   */
  import(bytes: Uint8Array): void;
  /** Removes every event of one item, and that it was shown. */
  forget(id: string): void;
  /** Removes everything, context included, here and in the store. */
  clear(): void;
  /**
   * Headers for the response to the visitor, once everything is kept: `Set-Cookie` of a store of cookies that has changed,
   * else none. A response that carries them is for this visitor alone, so no shared cache may keep it.
   */
  headers(): Promise<[name: string, value: string][]>;
}

/** A loaded recommender. Network trouble never rejects a question: the answer gets smaller, and `stats` says so. */
export interface Recall {
  /**
   * Coarse attributes of the visitor that choose crowd lists, for example `{ age: '25-34', gender: 'F' }`.
   * Replaces the earlier context; `undefined` leaves an attribute out.
   */
  setContext(attributes: Readonly<Record<string, string | undefined>>): void;
  /**
   * Notes what the visitor did, now; nothing while consent is `denied`. `'shown'` notes that a page has shown items, which is
   * what {@link Recommendations.shown} does with its own: `rotation` and `templates` go by it.
   * @throws TypeError on an unknown event type, an id that is no non-empty string, or a card for several ids
   */
  observe(type: EventType | 'shown', ids: string | readonly string[], options?: ObserveOptions): void;
  /** Items for this visitor; for one without history, what the crowd likes. */
  recommend(options?: AskOptions): Promise<Recommendations>;
  /**
   * The same in one or two steps: first what is at hand without a request, where that is anything, then the answer of
   * `recommend`. The stats of a step tell what the call cost so far.
   */
  recommendSteps(options?: AskOptions): AsyncIterable<Recommendations>;
  /** More like one item, or like several together. */
  similar(ids: string | readonly string[], options?: AskOptions): Promise<Recommendations>;
  /** What people like now, whatever this visitor did. */
  trending(options?: AskOptions): Promise<Recommendations>;
  /** Why `recommend` with these options gives an item, or does not. Reads the same files, and costs a little more time. */
  explain(id: string, options?: ExplainOptions): Promise<Explanation>;
  /**
   * Fetches ahead what `recommend` may need, for example in an installed app before it goes offline.
   * The cache keeps 2 MB of it.
   */
  prefetch(options?: { bytes?: number | undefined }): Promise<Stats>;
  /**
   * Changes what the visitor allows. `granted` joins this session's events to the stored profile and keeps both; a step
   * back from it erases the store; `denied` also erases the profile in memory and the cached files.
   * Of several tabs the last one to save wins, and each has to be told. Never rejects: trouble is reported in the next
   * call's `stats.problems`.
   */
  setConsent(consent: Consent): Promise<void>;
  /** Settles when everything that is to be kept is kept: for workers' `waitUntil`, and before a process ends. */
  flush(): Promise<void>;
  readonly profile: Profile;
}
