/** Owns the files kept on the device for visits without a network. A cache is a convenience: its failures say nothing. */
import type { CacheLike } from './types.js';

const MAX_BYTES = 2_000_000;
/** Says which build used an entry last. */
const BUILD = 'x-build';

export class Shelf {
  #cache: Promise<CacheLike | null | undefined> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** False while nothing may be kept. */
  #on = true;

  constructor(
    private readonly base: string,
    private readonly open: () => CacheLike | null | undefined | Promise<CacheLike | null | undefined>,
  ) {}

  /** The file, if it is kept here and was there a moment ago. */
  async read(path: string, build?: unknown): Promise<Uint8Array | undefined> {
    try {
      const response = await (await this.#opened())?.match(this.base + path);
      if (!response) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Kept anew, it counts as this build's, which is the last to be thrown out.
      if (build && response.headers.get(BUILD) !== `${build}`) this.write(path, bytes, build);
      return bytes;
    } catch {
      return undefined;
    }
  }

  /** Keeps a file, in the background. */
  write(path: string, bytes: Uint8Array, build: unknown): void {
    this.#waiting++;
    this.#then(async (cache) => {
      const headers = { 'content-length': `${bytes.length}`, 'cache-control': 'max-age=31536000', [BUILD]: `${build}` };
      this.#waiting--;
      await cache.put(this.base + path, new Response(bytes as BodyInit, { headers }));
      if (this.#waiting === 0) await this.#trim(cache, `${build}`);
    });
  }

  /** Keeps files from now on, or forgets those it has and keeps no more. */
  async switch(on: boolean): Promise<void> {
    if (!on) {
      this.#then(async (cache) => {
        for (const { url } of (await cache.keys?.()) ?? []) if (url.startsWith(this.base)) await cache.delete(url);
      });
    }
    this.#on = on;
    await this.#queue;
  }

  /** Settles when everything is kept. */
  settled(): Promise<unknown> {
    return this.#queue;
  }

  #opened(): Promise<CacheLike | null | undefined> {
    if (!this.#on) return Promise.resolve(null);
    return (this.#cache ??= (async () => this.open())());
  }

  #then(work: (cache: CacheLike) => Promise<void>): void {
    const opened = this.#opened();
    this.#queue = this.#queue.then(async () => {
      const cache = await opened;
      if (cache) await work(cache);
    }).catch(() => {});
  }

  /** Throws out what is too much: other builds' shards first, of those the oldest. */
  async #trim(cache: CacheLike, build: string): Promise<void> {
    let total = 0;
    const kept = [];
    for (const { url } of (await cache.keys?.()) ?? []) {
      if (!url.startsWith(`${this.base}c/`)) continue;
      const headers = (await cache.match(url))?.headers;
      const bytes = Number(headers?.get('content-length'));
      total += bytes;
      kept.push({ url, bytes, present: Number(headers?.get(BUILD) === build) });
    }
    kept.sort((one, other) => one.present - other.present);
    for (const { url, bytes } of kept) {
      if (total <= MAX_BYTES) break;
      await cache.delete(url);
      total -= bytes;
    }
  }
}
