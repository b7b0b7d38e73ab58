/** Owns the public words for what an answer must obey, and their way to the core, which checks them. */
import type { Channel } from './results.js';

/**
 * What an attribute may be. The type of the item's attribute decides what counts: of categories and tags a text, of numbers
 * a number or a range with both ends inside; `true` and `false` are the texts of that name, and 1 and 0.
 */
export type AttributeTest = string | number | boolean | NumberRange;

/** Numbers from `min` to `max`, both inside; an end left out is open. */
export type NumberRange = { readonly min: number; readonly max?: number } | { readonly min?: number; readonly max: number };

/**
 * Attributes of the build's catalogue and what they may be: one thing, or any of several. An item of which an attribute is
 * not known, as of every item where the build has no attribute of that name, fails its test.
 */
export type Conditions = Readonly<Record<string, AttributeTest | readonly AttributeTest[] | undefined>>;

/** A factor on the scores of some items, for the order only: results keep their `score`. */
export interface Boost {
  /** Items that pass all of it. */
  readonly where: Conditions;
  /** 0 to 100; above 1 ranks higher. Factors of several boosts multiply, to 100 at most. */
  readonly by: number;
}

/**
 * What makes one list of the channels' lists: `weighted` the sum of their calibrated scores, `rrf` the sum of reciprocal
 * ranks, `rounds` an item of each in turn, `quota` items of each by its weight, `mic` likeness, agreement and variety.
 */
export type Fusion = 'weighted' | 'rrf' | 'rounds' | 'quota' | 'mic';

/**
 * What an answer must obey, in lists of at most 1,000 entries. A rule that cannot be read rejects the question with an
 * `EdgeRecallError` of code `bad-request`, whose message names the rule and says what it must be.
 */
export interface Rules {
  /** What every result must be: all of it, for example `{ category: ['shoes', 'boots'], price: { max: 120 } }`. Default: anything. */
  where?: Conditions | undefined;
  /** What no result may be: any of it. An item of which an attribute is not known is not left out. Default: nothing. */
  without?: Conditions | undefined;
  /** What ranks higher or lower. Default: nothing. */
  boost?: readonly Boost[] | undefined;
  /**
   * Item ids at places from 0, for example `{ 0: 'sku-1' }`; a place beyond the list pins nothing. Such an item need not
   * pass `where` and `without`; one that is hidden, excluded, masked, or whose file was not read stays away.
   */
  pin?: Readonly<Record<number, string>> | undefined;
  /**
   * How many results of one value of an attribute, from 1, for example `{ brand: 2 }`. It gives way before a place stays
   * empty. Default: any number.
   */
  spread?: Readonly<Record<string, number>> | undefined;
  /**
   * Fewest bits, 0 to 64, by which the fingerprints of two results differ; those that differ in fewer are one product, of which
   * the best alone comes. 0 lets all come. Default: what the build's manifest says; acts in builds with fingerprints.
   */
  duplicates?: number | undefined;
  /** 0, the default, what scores best, to 1, what is least like the results before it. Acts in builds with vectors. */
  diversity?: number | undefined;
  /** 0, the default, what scores best, to 1, what is most popular. */
  popularity?: number | undefined;
  /**
   * 0, the default, to 1: how much what pages have shown lately ranks lower, at 1 to half of its score for each time just now and
   * a little less for older ones. Pages say so by `shown()`; a click on an item ends it.
   */
  rotation?: number | undefined;
  /**
   * A whole number to 100: as long as the visitor acts on nothing, each page that was `shown()` is followed by one of other items,
   * until so many have been and the first comes again. Default: 1.
   */
  templates?: number | undefined;
  /**
   * The largest share of the results that a channel may have proposed, 0 to 1: 0 turns it off. Default: 1 of each.
   * With `quota` it is the channel's quota instead, beside the weights of the others.
   */
  channels?: Readonly<Partial<Record<Channel, number>>> | undefined;
  /**
   * What stands in where the visitor's own history leads to too little: `crowd`, the default, what the visitor's crowd and then everybody
   * likes; `none` nothing: the list may be short, or empty for a stranger. The same as shares of 0 of `crowd` and `popular`.
   */
  fallback?: 'crowd' | 'none' | undefined;
  /** What makes one list of the channels' lists. Default: what the build's manifest says, usually `weighted`. */
  fusion?: Fusion | undefined;
}

const RULES = ['where', 'without', 'boost', 'pin', 'spread', 'duplicates', 'diversity', 'popularity', 'rotation', 'templates', 'channels', 'fallback', 'fusion'] as const;

/** The rules among options, those that are given. */
export function rulesOf(options: Rules): Rules {
  return Object.fromEntries(RULES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}
