/** Owns one build of the data in memory: a core, the files it was given, and the files it must do without. */
import type { Answer, Core, CoreRequest, FileWanted } from './core.js';
import type { Guard } from './errors.js';
import type { FetchedManifest, Tally, Transport } from './transport.js';

export class Session {
  /** Time of the first file that could not be had, in ms since 1970. */
  brokenSince: number | undefined;
  /** The manifest was fetched again because a file was not what it promised: once is enough for one session. */
  rechecked = false;

  readonly #attached = new Set<string>();
  #retired = false;

  constructor(
    readonly source: FetchedManifest,
    private readonly core: Core,
    private readonly guard: Guard,
    private readonly transport: Transport,
  ) {}

  /** Number of files the core holds. */
  get held(): number {
    return this.#attached.size;
  }

  /** Calls the core. */
  run<T>(work: (core: Core) => T): T {
    return this.guard.run(() => work(this.core));
  }

  /** The files that `request` still lacks. */
  plan(request: CoreRequest): FileWanted[] {
    return this.run((core) => core.plan(request));
  }

  /** The answer from the files that are there. */
  finish(request: CoreRequest): Answer {
    return this.run((core) => core.finish(request));
  }

  /**
   * Fetches all of `wanted` at once. Each file ends attached or reported as missing.
   * @returns false when the host had one of them not, or not as the manifest promised
   */
  async obtain(wanted: FileWanted[], tally: Tally): Promise<boolean> {
    const sound = await Promise.all(
      wanted.map(({ name }) => this.transport.once(name, () => this.#obtainOne(name, tally))),
    );
    return !sound.includes(false);
  }

  /** Ends this session in favour of one with another core; files on their way to it are dropped. */
  retire(): void {
    this.#retired = true;
    this.run((core) => core.free());
  }

  async #obtainOne(name: string, tally: Tally): Promise<boolean> {
    let bytes: Uint8Array | undefined;
    let offline = false;
    try {
      bytes = await this.transport.shard(name, tally);
    } catch {
      offline = true;
    }
    // Another call may have brought the file, or a new build, while this one waited.
    if (this.#retired || this.#attached.has(name)) return true;
    if (bytes && this.#attach(name, bytes)) return true;
    this.brokenSince ??= Date.now();
    this.run((core) => core.miss(name));
    return offline;
  }

  /** The core checks magic, length and checksums; whatever it refuses counts as missing. */
  #attach(name: string, bytes: Uint8Array): boolean {
    try {
      this.run((core) => core.attach(name, bytes));
    } catch {
      this.guard.check();
      return false;
    }
    this.#attached.add(name);
    return true;
  }
}
