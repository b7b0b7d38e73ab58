/** Owns what `load` returns: checks arguments, lets the core plan, fetches, and replaces an outdated build. */
import type { Core, CoreRequest } from './core.js';
import type { Guard } from './errors.js';
import { Session } from './session.js';
import type { FetchedManifest, Tally, Transport } from './transport.js';
import { EVENT_TYPES, type AskOptions, type EventType, type Profile } from './types.js';
import type { Recall, Recommendations, Stats } from './types.js';
import { unpack } from './unpack.js';

/** A plan has two or three rounds; the bound only keeps a contradictory build from looping for ever. */
const MAX_ROUNDS = 8;

type Task = CoreRequest['task'];

export class Instance implements Recall {
  readonly profile: Profile;
  #session: Session;

  constructor(
    private readonly CoreClass: typeof Core,
    private readonly guard: Guard,
    private readonly transport: Transport,
    manifest: FetchedManifest,
    /** What loading cost: the first question reports it. */
    private unreported: Tally,
  ) {
    this.#session = this.#open(manifest);
    this.profile = {
      export: () => this.#session.run((core) => core.exportProfile()),
      import: (bytes) => this.#session.run((core) => core.importProfile(bytes)),
      forget: (id) => this.#session.run((core) => core.forget(id)),
      clear: () => this.#session.run((core) => core.clearProfile()),
    };
  }

  setContext(attributes: Readonly<Record<string, string | undefined>>): void {
    const known = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined);
    for (const [name, value] of known) {
      if (typeof value !== 'string') throw new TypeError(`setContext: ${name} must be a string, not ${typeof value}`);
    }
    this.#session.run((core) => core.setContext(Object.fromEntries(known)));
  }

  observe(type: EventType, ids: string | readonly string[]): void {
    if (!EVENT_TYPES.includes(type)) {
      throw new TypeError(`observe: unknown event type ${String(type)}; known are ${EVENT_TYPES.join(', ')}`);
    }
    const keys = toIds('observe', ids);
    this.#session.run((core) => core.observe(type, keys, minuteNow()));
  }

  async recommend(options: AskOptions = {}): Promise<Recommendations> {
    return this.#ask('recommend', options, ['seen']);
  }

  async similar(ids: string | readonly string[], options: AskOptions = {}): Promise<Recommendations> {
    return this.#ask('similar', options, [], toIds('similar', ids));
  }

  async trending(options: AskOptions = {}): Promise<Recommendations> {
    return this.#ask('trending', options, []);
  }

  async #ask(task: Task, options: AskOptions, exclude: string[], seeds?: string[]): Promise<Recommendations> {
    const { k = 12, signal } = options;
    if (!Number.isInteger(k) || k < 1) throw new TypeError(`${task}: k must be a positive whole number, not ${k}`);
    const request: CoreRequest = { task, k, minute: minuteNow(), exclude };
    if (options.exclude) request.exclude = toIds(`${task}: exclude`, options.exclude);
    if (seeds) request.seeds = seeds;
    signal?.throwIfAborted();
    this.guard.check();
    const started = performance.now();
    const tally = this.unreported;
    this.unreported = { bytes: 0, requests: 0 };
    const cached = this.#session.held;
    let rounds = 0;
    while (rounds < MAX_ROUNDS) {
      // Read anew each round: another call may have replaced the session meanwhile.
      const session = this.#session;
      const wanted = session.plan(request);
      if (wanted.length === 0) break;
      rounds++;
      const sound = await abortable(session.obtain(wanted, tally), signal);
      if (!sound && !session.checkedLately) await abortable(this.#recheck(session, tally), signal);
    }
    const answer = this.#session.finish(request);
    const ms = performance.now() - started;
    const stats: Stats = { ...tally, cached, rounds, ms, cells: answer.cells, missing: answer.missing, problems: [] };
    if (answer.missing.length > 0) {
      stats.degraded = 'missing';
      stats.problems = this.#session.problems(answer.missing);
    }
    return Object.assign(unpack(answer), { stats });
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
    this.#session = fresh;
    old.retire();
  }

  /** A file was not what the manifest promised: has a new build been published? */
  #recheck(session: Session, tally: Tally): Promise<void> {
    return this.transport.once('recall.json', async () => {
      try {
        const latest = await this.transport.manifest(tally);
        if (session === this.#session && latest.build !== session.build) this.#adopt(latest);
      } catch {
        // Without a newer manifest the call goes on with what it has; only a trap ends it.
        this.guard.check();
      } finally {
        session.checked();
      }
    });
  }
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

/** `work`, unless the signal comes first. The work itself goes on: other calls may share it. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}
