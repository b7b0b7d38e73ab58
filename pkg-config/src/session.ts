/** Owns one build of the data in memory: a core, the files it was given, and the files it must do without. */
import { DEFAULT_LIMITS, type Call, type Limits } from './call.js';
import type { Core, FileWanted } from './core.js';
import type { EdgeRecallError, Guard } from './errors.js';
import { MANIFEST, shardPath, type FetchedManifest, type Tally, type Transport } from './transport.js';
import type { Problem } from './types.js';

/** How long a file that could not be had is left alone, and how long a manifest counts as fresh, in ms. */
const RETRY_AFTER = 30_000;

export class Session {
  readonly #attached = new Set<string>();
  /** Files that could not be had: when that was, and why. */
  readonly #failed = new Map<string, { time: number; problem: Problem }>();
  /** Identity of the build, as the manifest states it. */
  readonly build: unknown;
  /** What a call may cost where nobody says otherwise. */
  readonly limits: Limits;
  /** What `recommend` leaves out where nobody says otherwise: where visitors come back to what they met, nothing. */
  readonly exclude: string[];
  /** Names of the display fields. */
  readonly fields: string[];
  /** Why this build may not be the host's present one. */
  doubt: 'offline' | 'stale' | undefined;
  /** What went wrong besides files; the next answer reports it. */
  readonly troubles: Problem[] = [];
  /** Whether rules of the site are in force. */
  #ruled = false;
  #checked = -Infinity;
  #retired = false;

  constructor(
    source: FetchedManifest,
    private readonly core: Core,
    private readonly guard: Guard,
    private readonly transport: Transport,
  ) {
    const { build, fields, repeat, visit } = source.manifest;
    this.build = build;
    this.limits = visit ? { ...DEFAULT_LIMITS, bytes: visit.bytes, requests: visit.files + 1 } : DEFAULT_LIMITS;
    this.exclude = repeat ? [] : ['seen'];
    this.fields = fields ?? [];
    this.doubt = source.kept;
    for (const { name, bytes } of source.inline) this.#attach(name, bytes);
    this.overlay(source);
    if (!source.kept) transport.shelf.write(MANIFEST, source.bytes, build);
  }

  /** Takes the site's rules as they are now. */
  overlay({ overlay }: FetchedManifest): void {
    if (overlay?.problem) this.troubles.push(overlay.problem);
    else if (overlay || this.#ruled) {
      try {
        this.run((core) => core.setRules(overlay?.rules));
        this.#ruled = overlay !== undefined;
      } catch (error) {
        this.guard.check();
        this.troubles.push({ code: 'rules', message: `the site's rules are left out: ${(error as Error).message}` });
      }
    }
  }

  /** Number of files the core holds. */
  get held(): number {
    return this.#attached.size;
  }

  has(name: string): boolean {
    return this.#attached.has(name);
  }

  /** Calls the core. */
  run<T>(work: (core: Core) => T): T {
    return this.guard.run(() => work(this.core));
  }

  /** What the call wants now, and which of the names are worth asking for: the others were asked for lately, in vain. */
  plan(call: Call): { names: string[]; last: boolean; cut: boolean } {
    let plan = this.run((core) => core.plan(call.priced([])));
    const gone = plan.files.filter(({ name }) => this.#isLost(name));
    if (gone.length > 0) {
      call.want(gone, true);
      const lost = [...this.#failed.keys()].filter((name) => this.#isLost(name));
      plan = this.run((core) => core.plan(call.priced(lost)));
    }
    const { files, last } = plan;
    call.want(files);
    return { names: this.hopeful(files), last, cut: files.length === 0 && !last };
  }

  /** Names of the files that were not asked for in vain lately. */
  hopeful(files: FileWanted[]): string[] {
    return files.map(({ name }) => name).filter((name) => !this.#isLost(name));
  }

  /**
   * Fetches all of `names` at once. Each file ends attached, or given up for a while.
   * @returns false when the host had one of them not, or not as the manifest promised
   */
  async obtain(names: string[], tally: Tally): Promise<boolean> {
    const sound = await Promise.all(names.map((name) => this.#obtainOne(name, tally)));
    return !sound.includes(false);
  }

  /** Gives up waiting: those of `names` that are still on their way are not asked for again soon. */
  late(names: string[]): void {
    for (const shard of names) {
      if (this.#settled(shard) || this.#isLost(shard)) continue;
      this.#fail({ shard, code: 'late', message: `${shardPath(shard)} did not arrive in time; a later call may have it` });
    }
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

  async #obtainOne(shard: string, tally: Tally): Promise<boolean> {
    const path = shardPath(shard);
    const { shelf } = this.transport;
    let bytes = await shelf.read(path, this.build);
    if (this.#settled(shard)) return true;
    if (bytes && !this.#attach(shard, bytes)) {
      tally.cached++;
      return true;
    }
    let problem: Problem = { shard, code: 'not-found', message: `the host does not have ${path}; upload the whole build` };
    let offline = false;
    try {
      bytes = await this.transport.shard(shard, tally);
    } catch (cause) {
      offline = true;
      bytes = undefined;
      problem = { shard, code: 'unreachable', message: `${path} could not be fetched: ${String(cause)}` };
    }
    // Another call may have brought the file, or a new build, while this one waited.
    if (this.#settled(shard)) return true;
    if (bytes) {
      const refused = this.#attach(shard, bytes);
      if (!refused) {
        shelf.write(path, bytes, this.build);
        return true;
      }
      problem = { shard, code: refused.code, message: refused.message };
    }
    this.#fail(problem);
    return offline;
  }

  #isLost(name: string): boolean {
    return isRecent(this.#failed.get(name)?.time);
  }

  #settled(name: string): boolean {
    return this.#retired || this.has(name);
  }

  #fail(problem: Problem): void {
    this.#failed.set(problem.shard!, { time: Date.now(), problem });
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
