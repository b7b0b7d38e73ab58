/** Owns every request: which URL, with which options, and what a manifest must look like before it is believed. */
import { decode } from './base64.js';
import { EdgeRecallError } from './errors.js';
import type { Shelf } from './shelf.js';
import type { FetchLike, Problem } from './types.js';

/** Cost of one call so far; the fields are those of `Stats`. */
export interface Tally {
  bytes: number;
  requests: number;
  cached: number;
}

/** A shard that rides inside the manifest, so that it costs no request. */
export interface InlineShard {
  name: string;
  bytes: Uint8Array;
}

/** What the facade reads of a manifest; the core checks everything. */
interface Manifest {
  build?: unknown;
  fields?: string[];
  repeat?: object;
  visit?: { bytes: number; files: number };
  /** File of the site's rules. */
  rules?: unknown;
}

/** The manifest as it was parsed, and what rides inside it. */
export interface FetchedManifest {
  manifest: Manifest;
  inline: InlineShard[];
  /** The file itself. */
  bytes: Uint8Array;
  /** The site's rules, as they were parsed; or why there are none although the manifest names a file. */
  overlay?: { rules?: unknown; problem?: Problem };
  /** Why the manifest is the one that was kept from an earlier visit. */
  kept?: 'offline' | 'stale';
}

export const MANIFEST = 'recall.json';

/** Where a shard lies below the folder. */
export const shardPath = (name: string): string => `c/${name}.er`;

/** Reads one folder of shards. */
export class Transport {
  constructor(
    private readonly base: URL,
    private readonly fetch: FetchLike,
    /** Hosts without an HTTP cache refuse the option, so they leave it out. */
    private readonly manifestCache: RequestCache | undefined,
    /** False where a response belongs to the request that asked for it, so that no two calls may share one. */
    private readonly shared: boolean,
    readonly shelf: Shelf,
  ) {}

  readonly #underWay = new Map<string, Promise<unknown>>();

  /** Runs `work`, or joins the same work that is under way already. */
  once<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (!this.shared) return work();
    const running = this.#underWay.get(key) as Promise<T> | undefined;
    if (running) return running;
    const started = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, started);
    return started;
  }

  /**
   * The body of one shard, or nothing when the host does not have it. Calls that want it at the same time share it.
   * @throws whatever `fetch` throws when the network fails
   */
  shard(name: string, tally: Tally): Promise<Uint8Array | undefined> {
    return this.once(name, async () => {
      const response = await this.#get(shardPath(name), {}, tally);
      return response.ok ? body(response, tally) : undefined;
    });
  }

  /** @throws EdgeRecallError that says what is wrong with `recall.json` */
  async manifest(tally: Tally, signal?: AbortSignal): Promise<FetchedManifest> {
    const options: RequestInit = {};
    if (this.manifestCache) options.cache = this.manifestCache;
    if (signal) options.signal = signal;
    let bytes: Uint8Array;
    try {
      const response = await this.#get(MANIFEST, options, tally);
      if (!response.ok) throw this.#fault('manifest-missing', `answered ${response.status}; is the folder published there?`);
      bytes = await body(response, tally);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof EdgeRecallError) throw cause;
      throw this.#fault('manifest-unreachable', `could not be fetched: ${String(cause)}`, cause);
    }
    const source = this.#parse(bytes);
    const { rules, build } = source.manifest;
    if (typeof rules === 'string') {
      const problem = (code: string, what: string): { problem: Problem } => ({ problem: { code, message: `${rules} ${what}` } });
      try {
        const response = await this.#get(rules, options, tally);
        // Not published, or taken back: no rules.
        if (!response.ok) return source;
        const text = await body(response, tally);
        source.overlay = parsed(text) ?? problem('rules', 'is not valid JSON; `edge-recall rules` checks it');
        this.shelf.write(rules, text, build);
      } catch (cause) {
        signal?.throwIfAborted();
        source.overlay = problem('unreachable', `could not be fetched: ${String(cause)}`);
      }
    }
    return source;
  }

  /** The manifest of an earlier visit. */
  async keptManifest(): Promise<FetchedManifest | undefined> {
    const bytes = await this.shelf.read(MANIFEST);
    if (!bytes) return undefined;
    const source = this.#parse(bytes);
    const { rules, build } = source.manifest;
    const overlay = typeof rules === 'string' && (await this.shelf.read(rules, build));
    if (overlay) source.overlay = parsed(overlay) ?? {};
    return source;
  }

  #parse(bytes: Uint8Array): FetchedManifest {
    const text = new TextDecoder().decode(bytes);
    // Single-page fallbacks and captive portals answer 200 with a page.
    if (/^\s*</.test(text)) throw this.#fault('manifest-html', 'is an HTML page, not a manifest; is the address right?');
    let manifest: unknown;
    try {
      manifest = JSON.parse(text);
    } catch (cause) {
      throw this.#fault('manifest-json', 'is not valid JSON', cause);
    }
    if (typeof manifest !== 'object' || manifest === null) throw this.#fault('manifest-json', 'holds no object');
    return { manifest, inline: inlineShards(manifest), bytes };
  }

  #fault(code: string, what: string, cause?: unknown): EdgeRecallError {
    return new EdgeRecallError(code, `${new URL(MANIFEST, this.base).href} ${what}`, { cause });
  }

  #get(path: string, options: RequestInit, tally: Tally): Promise<Response> {
    tally.requests++;
    return this.fetch(new URL(path, this.base).href, { credentials: 'omit', ...options });
  }
}

async function body(response: Response, tally: Tally): Promise<Uint8Array> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  tally.bytes += bytes.length;
  return bytes;
}

/** The site's rules, if they are JSON. */
function parsed(bytes: Uint8Array): { rules: unknown } | undefined {
  try {
    return { rules: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** What cannot be decoded is left out: the core then asks for the file, and says what is wrong with the manifest. */
function inlineShards(manifest: object): InlineShard[] {
  const { head, dir, crowds, idmap } = manifest as Record<string, { name?: unknown; inline?: unknown } | undefined>;
  const shards: InlineShard[] = [];
  for (const shard of [head, dir, crowds, idmap]) {
    if (typeof shard?.name !== 'string' || typeof shard.inline !== 'string') continue;
    try {
      shards.push({ name: shard.name, bytes: decode(shard.inline) });
    } catch {
      continue;
    }
  }
  return shards;
}
