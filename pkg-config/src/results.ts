/** Owns the public words for what comes back: results, their reasons, and what the call cost. */
import type { EventType } from './types.js';

/** Recall channels; the position is the channel's bit in the core's answer. */
export const CHANNELS = [
  'i2i', 'ease', 'next', 'last', 'rank', 'walk', 'repeat', 'retarget', 'u2i', 'peers', 'tags', 'fresh', 'crowd', 'popular',
] as const;
/**
 * `i2i` and `ease` similar items, `next` what usually follows soon, `last` what follows at once, `rank` what was clicked
 * where it was shown beside an item, `walk` what is similar to similar items, `repeat` what the visitor may come back to,
 * `retarget` what the visitor came close to buying, `u2i` the visitor's taste, `peers` what people of like taste meet,
 * `tags` what is like the history's items by their values, `fresh` what is new, `crowd` what a group likes, `popular` what
 * everybody meets, where all else leaves a list short.
 * A build has those that were worth their bytes.
 */
export type Channel = (typeof CHANNELS)[number];

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
  /** Comparable within one list only; 0 where a pin alone brought the item. */
  score: number;
  /** The channel with the largest share; none where a pin alone brought the item. */
  channel?: Channel;
  /** Every channel that found the item. */
  channels: Channel[];
  /** Its place in the list of each of them, from 1. */
  ranks: Partial<Record<Channel, number>>;
  /** Strongest reason first. */
  why: Reason[];
  /** Display fields, where the build was given some and they could be had. */
  card?: Record<string, string>;
}

/** Why an item has no place, in the order of the core. */
export const HELD = [
  'unknown', 'excluded', 'masked', 'purchased', 'period', 'where', 'without', 'seen', 'duplicate', 'depth', 'unproposed',
] as const;
/**
 * `unknown` the build does not have it, or its file was not read; `excluded` by its id, as hidden, or as it stands on the page;
 * `masked` the site took it out; `purchased` the visitor has it; `period` he has bought of its kind, which rests for a while;
 * `where`, `without` rules; `seen` the visitor has met it; `duplicate` the page shows what is the same product by its fingerprint; `depth` others stand before it; `unproposed` no channel leads to it.
 * The first that holds is told.
 */
export type Held = (typeof HELD)[number];

/**
 * What a question makes of one item: the result, where the answer holds it; else what the channels would give to it if
 * nothing held it back, which is no channel and a score of 0 where none knows it.
 */
export interface Explanation extends Recommendation {
  /** Its place in the answer, from 0. */
  place?: number;
  /** Why it has none. */
  held?: Held;
}

/** What one call cost. */
export interface Stats {
  /** Body bytes received; the first call of an instance includes the manifest. */
  bytes: number;
  /** Requests sent; the first call of an instance includes the manifest. */
  requests: number;
  /** Files that cost no request: held already when the call began, or found in the cache. */
  cached: number;
  /** Waves of files, each waiting for the one before. */
  rounds: number;
  /** Wall time in milliseconds. */
  ms: number;
  /** Cells whose vectors were searched: none in a build without vectors. */
  cells: number;
  /** Files that could not be had, or not in time; the answer does without them. */
  missing: string[];
  /** Why, for each of them; and whatever else went wrong since the last call: a store, an item card. */
  problems: Problem[];
  /**
   * Set when the answer is not what it should be.
   * `missing`: files could not be had. `budget`: files were late, or the budget allowed too few.
   * `offline`: the host could not be reached, the build is the cached one. `stale`: the host answered, but without a
   * usable manifest, and the build in use may be an old one.
   */
  degraded?: 'missing' | 'budget' | 'offline' | 'stale';
}

/** Something that went wrong, and did not stop the call. */
export interface Problem {
  /** The file concerned, if it is one of the build: `c/<shard>.er`. */
  shard?: string;
  /**
   * For files `unreachable`, `not-found`, `late`, or what the core refused them for: `not-a-shard`, `damaged-shard`,
   * `skew`, ...; `store` when the profile could not be read or kept; `bad-profile` when the stored one was damaged and
   * dropped; `rules` when the site's rules could not be read and are left out; `bad-card` or `stale-card` when an item card could not be used.
   */
  code: string;
  /** What is wrong and what to do. */
  message: string;
}

/** Results with the cost of the call; best first, unless rules say otherwise. */
export type Recommendations = Recommendation[] & {
  readonly stats: Stats;
  /**
   * Says that the visitor has seen these results, when a page shows them: `rotation` and `templates` then turn to others. Each
   * call counts as a page: say it once, and of the whole where there are slots.
   */
  shown(): void;
  /** The lists of the question's `slots`, in their order. */
  readonly slots?: readonly Recommendations[];
  /** Of such a list, its slot's name. */
  readonly name?: string;
};
