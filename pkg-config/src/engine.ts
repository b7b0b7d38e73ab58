/** Owns the rounds of a question: lets the core plan, fetches, has the core finish, and replaces an outdated build. */
import { Patience, type Call } from './call.js';
import type { Core } from './core.js';
import type { Guard } from './errors.js';
import { HELD } from './results.js';
import { Session } from './session.js';
import { MANIFEST, type FetchedManifest, type Tally, type Transport } from './transport.js';
import type { Explanation, Problem, Recommendation, Recommendations, Stats } from './types.js';
import { showFields, unpack } from './unpack.js';

/** A plan has two or three rounds; the bound only keeps a contradictory build from looping for ever. */
const MAX_ROUNDS = 8;
/** The part of the directory that a winner is in may have to come first. */
const MAX_CARD_WAVES = 2;

export class Engine {
  #session: Session;
  /** What loading cost, and what was done in the background: the next question reports it. */
  #unreported: Tally;

  constructor(
    private readonly CoreClass: typeof Core,
    private readonly guard: Guard,
    private readonly transport: Transport,
    manifest: FetchedManifest,
    loading: Tally,
  ) {
    this.#unreported = loading;
    this.#session = this.#open(manifest);
  }

  /** Calls the present core. */
  run<T>(work: (core: Core) => T): T {
    return this.#session.run(work);
  }

  /** What a question that begins now has cost already. */
  begin(): Tally {
    this.guard.check();
    const tally = this.#unreported;
    this.#unreported = { bytes: 0, requests: 0, cached: 0 };
    tally.cached += this.#session.held;
    return tally;
  }

  /** Whether requests could make the answer better. */
  lacks(call: Call): boolean {
    call.turnTo(this.#session);
    const lacks = this.#session.plan(call).names.length > 0;
    // So far nothing was asked for.
    call.wanted.clear();
    return lacks;
  }

  /** Brings what the question needs, as far as host, budget and time allow. */
  async gather(call: Call): Promise<void> {
    const patience = new Patience(call.started + call.limits.ms - performance.now(), call.signal);
    try {
      const { doubt, checkedLately } = this.#session;
      // In the background: a trap shows itself in the next call into the core.
      if (doubt && !checkedLately) this.#recheck(this.#session, this.#unreported).catch(() => {});
      // Read the session anew each round: another call may have replaced it meanwhile.
      while (call.rounds < MAX_ROUNDS && (await this.#round(call, this.#session, patience)));
    } finally {
      patience.end();
    }
  }

  /** Makes the answer of what is there. `fetch`: display fields may be fetched for it; `note` hears when a page shows it. */
  async answer(
    call: Call,
    problems: Problem[],
    cards: boolean,
    fetch: boolean,
    note: (ids: string[]) => void,
  ): Promise<Recommendations> {
    const session = this.#session;
    call.turnTo(session);
    const [page, slots]: [Recommendation[], Recommendation[][]] = [[], []];
    let cells = 0;
    for (const list of call.lists ?? [{}]) {
      const answer = session.run((core) => core.finish({ ...call.request, ...list, page: page.map(({ id }) => id) }));
      const slot = unpack(answer);
      slots.push(slot);
      page.push(...slot);
      ({ cells } = answer);
    }
    if (cards) await this.#showCards(call, session, page, fetch);
    const missing = [...call.wanted.keys()].filter((name) => !session.has(name));
    const lost = session.problems(missing);
    const ms = performance.now() - call.started;
    const stats: Stats = { ...call.cost, rounds: call.rounds, ms, cells, missing, problems: [...lost, ...session.troubles.splice(0), ...problems] };
    if (session.doubt) stats.degraded = session.doubt;
    else if (lost.some(({ code }) => code !== 'late')) stats.degraded = 'missing';
    else if (call.cut || missing.length > 0) stats.degraded = 'budget';
    const told = (list: Recommendation[]): Recommendations =>
      Object.assign(list, { stats, shown: () => note(list.map(({ id }) => id)) });
    const named = call.lists?.map(({ name }, at) => Object.assign(told(slots[at]!), name !== undefined && { name }));
    return Object.assign(told(page), named && { slots: named });
  }

  /** Explains one item out of what is there. */
  explain(call: Call, id: string): Explanation {
    call.turnTo(this.#session);
    const { place, held, answer } = this.run((core) => core.explain(call.request, id));
    const explanation: Explanation = { id, score: 0, channels: [], ranks: {}, why: [], ...unpack(answer)[0] };
    if (place > 0) explanation.place = place - 1;
    if (held > 0) explanation.held = HELD[held - 1]!;
    return explanation;
  }

  /** One wave of files. False when there is nothing more to fetch, or no time. */
  async #round(call: Call, session: Session, patience: Patience): Promise<boolean> {
    call.turnTo(session);
    const { names, last, cut } = session.plan(call);
    call.cut = cut;
    if (names.length === 0) return false;
    call.rounds++;
    const sound = await patience.wait(session.obtain(names, call.files));
    if (sound === undefined) {
      session.late(names);
      return false;
    }
    if (!sound && !session.checkedLately) await patience.wait(this.#recheck(session, call.manifest));
    const more = session !== this.#session || !last;
    call.cut = more && patience.over;
    return more && !patience.over;
  }

  /** Puts display fields into the results, fetching their files first if it may. */
  async #showCards(call: Call, session: Session, list: Recommendation[], fetch: boolean): Promise<void> {
    const ids = list.map(({ id }) => id);
    const patience = new Patience(call.limits.ms, call.signal);
    try {
      for (let wave = 0; ; wave++) {
        // Another call may have ended this session's core while files were on their way.
        if (session !== this.#session) return;
        const fields = session.run((core) => core.fields(ids));
        const names = fetch && wave < MAX_CARD_WAVES ? session.hopeful(fields.files) : [];
        if (names.length === 0 || patience.over) return showFields(list, session.fields, fields.values);
        call.rounds++;
        call.want(fields.files);
        const sound = await patience.wait(session.obtain(names, call.files));
        if (sound === undefined) session.late(names);
      }
    } finally {
      patience.end();
    }
  }

  #open(source: FetchedManifest): Session {
    const core = this.guard.run(() => new this.CoreClass(source.manifest));
    return new Session(source, core, this.guard, this.transport);
  }

  /** Puts a fresh core in place of the present one; the profile moves over. */
  #adopt(source: FetchedManifest): void {
    const old = this.#session;
    const fresh = this.#open(source);
    fresh.run((core) => core.importProfile(old.run((before) => before.exportProfile())));
    fresh.checked();
    this.#session = fresh;
    old.retire();
  }

  /** Something is not as the manifest promised: has a new build been published? */
  #recheck(session: Session, tally: Tally): Promise<void> {
    return this.transport.once(MANIFEST, async () => {
      try {
        const latest = await this.transport.manifest(tally);
        session.doubt = undefined;
        if (session !== this.#session) return;
        if (latest.manifest.build !== session.build) this.#adopt(latest);
        else session.overlay(latest);
      } catch {
        // Without a newer manifest the call goes on with what it has; only a trap ends it.
        this.guard.check();
        session.doubt ??= 'stale';
      } finally {
        session.checked();
      }
    });
  }
}
