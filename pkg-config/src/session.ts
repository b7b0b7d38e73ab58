/** Owns one build of the data in memory: a core, the files it was given, and the files it must do without. */
import type { Answer, Core, CoreRequest, FileWanted } from './core.js';
import type { EdgeRecallError, Guard } from './errors.js';
import type { FetchedManifest, Tally, Transport } from './transport.js';
import type { Problem } from './types.js';

/** How long a file that could not be had is left alone, and how long a manifest counts as fresh, in ms. */
const RETRY_AFTER = 30_000;

export class Session {
  readonly #attached = new Set<string>();
  /** Files that could not be had: when that was, and why. */
  readonly #failed = new Map<string, { time: number; problem: Problem }>();
  /** Identity of the build, as the manifest states it. */
  readonly build: unknown;
  #checked = -Infinity;
  #retired = false;

  constructor(
    source: FetchedManifest,
    private readonly core: Core,
    private readonly guard: Guard,
    private readonly transport: Transport,
  ) {
    this.build = source.build;
    for (const { name, bytes } of source.inline) this.#attach(name, bytes);
  }

  /** Number of files the core holds. */
  get held(): number {
    return this.#attached.size;
  }

  /** Calls the core. */
  run<T>(work: (core: Core) => T): T {
    return this.guard.run(() => work(this.core));
  }

  /** The files that `request` still lacks and that are worth asking for. */
  plan(request: CoreRequest): FileWanted[] {
    const lacking = this.run((core) => core.plan(request));
    return lacking.filter(({ name }) => !isRecent(this.#failed.get(name)?.time));
  }

  /** The answer from the files that are there. */
  finish(request: CoreRequest): Answer {
    return this.run((core) => core.finish(request));
  }

  /**
   * Fetches all of `wanted` at once. Each file ends attached, or given up for a while.
   * @returns false when the host had one of them not, or not as the manifest promised
   */
  async obtain(wanted: FileWanted[], tally: Tally): Promise<boolean> {
    const sound = await Promise.all(
      wanted.map(({ name }) => this.transport.once(name, () => this.#obtainOne(name, tally))),
    );
    return !sound.includes(false);
  }

  /** Whether this build has been compared with the host's present manifest lately. */
  get checkedLately(): boolean {
    return isRecent(this.#checked);
  }

  /** Notes that it has. */
  checked(): void {
    this.#checked = Date.now();
  }

  /** Ends this session in favour of one with another core; files on their way to it are dropped. */
  retire(): void {
    this.#retired = true;
    this.run((core) => core.free());
  }

  /** Why files could not be had, for those of `names` that were tried. */
  problems(names: string[]): Problem[] {
    return names.flatMap((name) => this.#failed.get(name)?.problem ?? []);
  }

  async #obtainOne(name: string, tally: Tally): Promise<boolean> {
    let bytes: Uint8Array | undefined;
    let problem: Problem = { shard: name, code: 'not-found', message: `the host does not have c/${name}.er; upload the whole build` };
    let offline = false;
    try {
      bytes = await this.transport.shard(name, tally);
    } catch (cause) {
      offline = true;
      problem = { shard: name, code: 'unreachable', message: `c/${name}.er could not be fetched: ${String(cause)}` };
    }
    // Another call may have brought the file, or a new build, while this one waited.
    if (this.#retired || this.#attached.has(name)) return true;
    if (bytes) {
      const refused = this.#attach(name, bytes);
      if (!refused) return true;
      problem = { shard: name, code: refused.code, message: refused.message };
    }
    this.#failed.set(name, { time: Date.now(), problem });
    return offline;
  }

  /** The core checks magic, length and checksums; whatever it refuses is as good as missing. Returns why it refused. */
  #attach(name: string, bytes: Uint8Array): EdgeRecallError | undefined {
    try {
      this.run((core) => core.attach(name, bytes));
    } catch (error) {
      this.guard.check();
      return error as EdgeRecallError;
    }
    this.#attached.add(name);
    this.#failed.delete(name);
    return undefined;
  }
}

function isRecent(time = -Infinity): boolean {
  return Date.now() - time < RETRY_AFTER;
}
