/** Owns what `load` returns: checks arguments, and has the engine answer and the keeper remember. */
import { decode } from './base64.js';
import { Call, limitsOf, type Limits, type List } from './call.js';
import type { CoreRequest } from './core.js';
import { Engine } from './engine.js';
import { EdgeRecallError } from './errors.js';
import { Keeper } from './keeper.js';
import type { Shelf } from './shelf.js';
import { CHANNELS } from './results.js';
import { rulesOf } from './rules.js';
import { CONSENTS, EVENT_TYPES, type AskOptions, type Consent, type EventType, type ObserveOptions } from './types.js';
import type { Budget, ExplainOptions, Explanation, Privacy, Problem, Profile, ProfileStore } from './types.js';
import type { Recall, Recommendations, Rules, Slot, Stats } from './types.js';

type Task = CoreRequest['task'];

/** What `load` was told, checked and without gaps. */
export interface Settings {
  budget: Budget | undefined;
  /** Whether the visitor's browser asks to save data. */
  frugal: boolean;
  privacy: Privacy;
  device: number | undefined;
}

export class Instance implements Recall {
  readonly profile: Profile;
  readonly #keeper: Keeper;
  /** What went wrong beside the calls; the next answer reports it. */
  readonly #problems: Problem[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly shelf: Shelf,
    private readonly settings: Settings,
    store: ProfileStore,
  ) {
    const report = (problem: Problem): void => void this.#problems.push(problem);
    const keeper = new Keeper(store, (work) => engine.run(work), report);
    this.#keeper = keeper;
    this.profile = {
      export: () => engine.run((core) => core.exportProfile()),
      import: (bytes) => keeper.change((core) => core.importProfile(bytes)),
      forget: (id) => keeper.change((core) => core.forget(id)),
      clear: () => void keeper.clear(),
      headers: async () => {
        await keeper.flush();
        return store.headers?.() ?? [];
      },
    };
  }

  setContext(attributes: Readonly<Record<string, string | undefined>>): void {
    const known = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined);
    for (const [name, value] of known) {
      if (typeof value !== 'string') throw new TypeError(`setContext: ${name} must be a string, not ${typeof value}`);
    }
    this.#keeper.change((core) => core.setContext(Object.fromEntries(known)), true);
  }

  observe(type: EventType | 'shown', ids: string | readonly string[], { card }: ObserveOptions = {}): void {
    oneOf('observe: event type', type, [...EVENT_TYPES, 'shown']);
    const keys = toIds('observe', ids);
    if (card !== undefined && (typeof card !== 'string' || keys.length !== 1)) {
      throw new TypeError('observe: a card is the base64 text of one item');
    }
    const minute = minuteNow();
    this.#keeper.change((core) => core.observe(type, keys, minute));
    if (card !== undefined) this.#addCard(keys[0]!, card);
  }

  async recommend(options: AskOptions = {}): Promise<Recommendations> {
    return this.#finish(this.#begin('recommend', options), options);
  }

  async *recommendSteps(options: AskOptions = {}): AsyncGenerator<Recommendations, void> {
    const call = this.#begin('recommend', options);
    if (this.engine.lacks(call)) {
      const atHand = await this.engine.answer(call, this.#problems.splice(0), options.cards !== false, false, this.#note);
      if (atHand.length > 0) yield atHand;
    }
    yield this.#finish(call, options);
  }

  async similar(ids: string | readonly string[], options: AskOptions = {}): Promise<Recommendations> {
    return this.#finish(this.#begin('similar', options, toIds('similar', ids)), options);
  }

  async trending(options: AskOptions = {}): Promise<Recommendations> {
    return this.#finish(this.#begin('trending', options), options);
  }

  async explain(id: string, options: ExplainOptions = {}): Promise<Explanation> {
    const [key] = toIds('explain', id) as [string];
    const call = this.#begin('recommend', options);
    await this.engine.gather(call);
    return this.engine.explain(call, key);
  }

  async prefetch({ bytes = 2_000_000 }: { bytes?: number | undefined } = {}): Promise<Stats> {
    const budget = { bytes, requests: Infinity, ms: Infinity };
    return (await this.recommend({ budget, cards: false })).stats;
  }

  async setConsent(consent: Consent): Promise<void> {
    oneOf('setConsent', consent, CONSENTS);
    await Promise.all([this.#keeper.setConsent(consent), this.shelf.switch(consent !== 'denied')]);
  }

  async flush(): Promise<void> {
    await Promise.all([this.#keeper.flush(), this.shelf.settled()]);
  }

  #begin(task: Task, options: AskOptions, seeds?: string[]): Call {
    const { k = 12, signal, slots } = options;
    const shared = listOf(task, { ...options, k });
    const lists = slots?.map((slot, at) => listOf(`${task}: slots[${at}]`, slot, shared.rules));
    const request: CoreRequest = { task, minute: minuteNow(), ...shared, ...(lists && pageOf(lists)) };
    if (seeds) request.seeds = seeds;
    const { budget, frugal, privacy, device } = this.settings;
    const allow = (usual: Limits): Limits => {
      const limits = limitsOf(budget, usual);
      if (frugal) {
        limits.bytes /= 2;
        limits.requests /= 2;
      }
      return limitsOf(options.budget, limits);
    };
    signal?.throwIfAborted();
    if (privacy !== 'default') request.privacy = privacy;
    if (privacy === 'decoy') request.device = (device ?? this.#keeper.seed) >>> 0;
    return new Call(request, lists, allow, this.engine.begin(), signal);
  }

  async #finish(call: Call, { cards = true }: AskOptions): Promise<Recommendations> {
    const { engine } = this;
    await engine.gather(call);
    // Before the answer: whoever stops reading after it has the cards already.
    if (engine.run((core) => core.keep())) this.#keeper.changed();
    // Files of display fields tell which items won.
    return engine.answer(call, this.#problems.splice(0), cards, this.settings.privacy !== 'head', this.#note);
  }

  readonly #note = (ids: string[]): void => this.observe('shown', ids);

  #addCard(key: string, card: string): void {
    try {
      const bytes = decode(card);
      this.#keeper.change((core) => core.addCard(key, bytes));
    } catch (error) {
      const { code, message } = error instanceof EdgeRecallError ? error : { code: 'bad-card', message: 'it is not base64' };
      if (code === 'dead-instance') throw error;
      this.#problems.push({ code, message: `the card of ${key} cannot be used: ${message}` });
    }
  }
}

/** What a list shall be, checked; rules it does not have are those of `shared`. */
function listOf(where: string, options: Partial<Slot>, shared?: Rules): List {
  const { k, exclude, name } = options;
  if (!Number.isInteger(k) || k! < 1) throw new TypeError(`${where}: k must be a positive whole number, not ${k}`);
  const rules = { ...shared, ...rulesOf(options) };
  const { fallback } = rules;
  if (fallback !== undefined) oneOf(`${where}: fallback`, fallback, ['crowd', 'none']);
  // The core knows no such rule, and shares of nothing.
  if (fallback === 'none') rules.channels = { ...rules.channels, crowd: 0, popular: 0 };
  const list: List = { k: k!, rules };
  if (exclude) list.exclude = toIds(`${where}: exclude`, exclude);
  if (name !== undefined) list.name = name;
  return list;
}

/** What the files of a page must serve: all its lists. A channel is off where it is off in each. */
function pageOf(lists: List[]): Pick<CoreRequest, 'k' | 'rules'> {
  const off = CHANNELS.filter((channel) => lists.every(({ rules }) => rules.channels?.[channel] === 0));
  const channels = Object.fromEntries(off.map((channel) => [channel, 0]));
  return { k: lists.reduce((sum, { k }) => sum + k, 0), rules: { channels } };
}

/** @throws TypeError when `word` is none of `words` */
export function oneOf(where: string, word: unknown, words: readonly string[]): void {
  if (!words.includes(word as string)) throw new TypeError(`${where} ${String(word)} is unknown; known are ${words.join(', ')}`);
}

function minuteNow(): number {
  return Math.floor(Date.now() / 60_000);
}

function toIds(where: string, ids: string | readonly string[]): string[] {
  const list: unknown = typeof ids === 'string' ? [ids] : ids;
  if (!Array.isArray(list) || !list.every((id) => typeof id === 'string' && id !== '')) {
    throw new TypeError(`${where}: an id is a non-empty string; pass one or an array of them`);
  }
  return list.slice();
}
