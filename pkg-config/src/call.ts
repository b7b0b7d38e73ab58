/** Owns one question while it is answered: what it may still cost, what it cost so far, how long it waits. */
import type { CoreRequest, FileWanted } from './core.js';
import type { Session } from './session.js';
import type { Tally } from './transport.js';
import type { Budget, Rules } from './types.js';

/** A budget without gaps. */
export type Limits = { [Name in keyof Budget]-?: number };

export const DEFAULT_LIMITS: Limits = { bytes: 250_000, requests: 10, ms: 1500 };

/**
 * The limits of `base` with those of `budget` in their place.
 * @throws TypeError when one is no number from 0
 */
export function limitsOf(budget: Budget = {}, base = DEFAULT_LIMITS): Limits {
  const limits = { ...base };
  for (const name of Object.keys(base) as (keyof Budget)[]) {
    const limit = budget[name];
    if (limit === undefined) continue;
    if (!(typeof limit === 'number' && limit >= 0)) {
      throw new TypeError(`budget: ${name} must be a number from 0 to Infinity, not ${String(limit)}`);
    }
    limits[name] = limit;
  }
  return limits;
}

/** Limits count in 32 bits. */
const UNLIMITED = 2 ** 32 - 1;

/** One list of an answer: what it shall be, in the words of the core, and its name. */
export type List = Pick<CoreRequest, 'k' | 'exclude'> & { rules: Rules; name?: string };

export class Call {
  readonly started = performance.now();
  rounds = 0;
  /** The build that answers. */
  session: Session | undefined;
  /** Files that the present session was asked for, and their bytes. */
  readonly wanted = new Map<string, number>();
  /** Whether the budget ended before the plan did. */
  cut = false;

  /** What files cost. */
  readonly files: Tally = { bytes: 0, requests: 0, cached: 0 };
  limits: Limits;
  /** Whether the build says what stays away. */
  readonly #usual: boolean;

  constructor(
    readonly request: CoreRequest,
    /** The lists of a page, where it has several: each replaces parts of the question. */
    readonly lists: List[] | undefined,
    /** The call's limits, given those that a build recommends. */
    private readonly allow: (usual: Limits) => Limits,
    /** What the manifest cost. */
    readonly manifest: Tally,
    readonly signal: AbortSignal | undefined,
  ) {
    this.limits = allow(DEFAULT_LIMITS);
    this.#usual = request.task === 'recommend' && !request.exclude;
  }

  /** The question together with what may still be spent on it, and the files that it must do without. */
  priced(lost: string[]): CoreRequest {
    const { limits, wanted } = this;
    const request = { ...this.request };
    // A file from the cache counts like one from the network: the same question reads the same files on every visit.
    const left = (limit: number, spent: number): number => Math.max(0, Math.floor(limit - spent));
    const spent = [...wanted.values()].filter((bytes) => bytes > 0);
    if (limits.bytes < UNLIMITED) request.bytes = left(limits.bytes, spent.reduce((sum, bytes) => sum + bytes, 0));
    // One request is the manifest's, so that the first call and later ones answer alike.
    if (limits.requests < UNLIMITED) request.files = left(limits.requests - 1, spent.length);
    if (lost.length > 0) request.lost = lost;
    return request;
  }

  /** What the call cost so far. */
  get cost(): Tally {
    const { manifest, files } = this;
    return {
      bytes: manifest.bytes + files.bytes,
      requests: manifest.requests + files.requests,
      cached: manifest.cached + files.cached,
    };
  }

  /** Counts files as wanted: those that are not attached in the end are missing. Files that are lost cost nothing. */
  want(files: FileWanted[], lost = false): void {
    for (const { name, bytes } of files) this.wanted.set(name, lost ? 0 : bytes);
  }

  /** Starts counting the files of a build, from nothing when it is another one than before: what that cost gave nothing. */
  turnTo(session: Session): void {
    if (this.session === session) return;
    this.session = session;
    this.limits = this.allow(session.limits);
    if (this.#usual) this.request.exclude = session.exclude;
    this.wanted.clear();
  }
}

/** Longer waits are for ever: timers count in 31 bits. */
const FOREVER = 2 ** 31;

/** The time that a call may spend waiting. */
export class Patience {
  /** Whether the time is up. */
  over = false;
  readonly #end: Promise<undefined>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  constructor(ms: number, private readonly signal?: AbortSignal) {
    this.#end = new Promise((resolve, reject) => {
      const end = (): void => {
        this.over = true;
        resolve(undefined);
      };
      if (ms < FOREVER) this.#timer = setTimeout(end, ms);
      if (!signal) return;
      this.#stop = () => reject(signal.reason);
      if (signal.aborted) this.#stop();
      signal.addEventListener('abort', this.#stop);
    });
    // It is heard only while something is waited for.
    this.#end.catch(() => {});
  }

  /** `work`, or nothing when the time is up, or the signal's reason. The work goes on: other calls may share it. */
  wait<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.#end]);
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#stop) this.signal?.removeEventListener('abort', this.#stop);
  }
}
