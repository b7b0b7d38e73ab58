/** Owns `open` and the index it gives: checks arguments and cuts answers into lists. */
import { EdgeRecallError, Guard } from '../errors.js';
import { bytesOf } from '../search/source.js';
import type { FetchLike, WasmSource } from '../types.js';
import { Searcher } from './glue.js';
import type { Found, GpuIndex, GpuSearchOptions, GpuStats, IndexCode, Open } from './types.js';

const CODES: readonly IndexCode[] = ['f16', 'int8', 'int4', 'int2'];
const METRICS = ['dot', 'cosine'] as const;

/** What differs from host to host. */
export interface GpuHost {
  start(wasm: WasmSource | undefined): Promise<unknown>;
  resolve(url: string | URL): URL;
  fetch: FetchLike;
}

export function createOpen(host: GpuHost): Open {
  return async (source, { fetch = host.fetch, signal, wasm } = {}) => {
    const started = host.start(wasm);
    // Heard below; until then a failure of the wasm is nobody's.
    started.catch(() => {});
    const bytes = await bytesOf(source, host.resolve, fetch, signal);
    await started;
    return new UploadedIndex(await Searcher.open(bytes).catch(refuse));
  };
}

function refuse(problem: unknown): never {
  if (typeof problem !== 'string') throw problem;
  const [code = 'core', section, ...message] = problem.split('\n');
  throw new EdgeRecallError(code, message.join('\n'), { section });
}

class UploadedIndex implements GpuIndex {
  readonly size: number;
  readonly dim: number;
  readonly code: IndexCode;
  readonly metric: 'dot' | 'cosine';
  readonly cells: number;
  readonly bytes: number;
  readonly #guard = new Guard();

  constructor(private readonly searcher: Searcher) {
    const [size = 0, dim = 0, code = 0, metric = 0, cells = 0, bytes = 0] = searcher.facts();
    [this.size, this.dim, this.cells, this.bytes] = [size, dim, cells, bytes];
    [this.code, this.metric] = [CODES[code]!, METRICS[metric]!];
  }

  get stats(): GpuStats {
    const [engine, reason, adapter, software, widened, fallbacks] = this.#guard.run(() => this.searcher.stats());
    const stats: GpuStats = { engine: engine as GpuStats['engine'], software, widened, fallbacks };
    if (reason !== undefined) stats.reason = reason;
    if (adapter !== undefined) stats.adapter = adapter;
    return stats;
  }

  async search(query: Float32Array | readonly number[], options: GpuSearchOptions = {}): Promise<Found> {
    if (query.length === 0 || query.length % this.dim !== 0) {
      throw new TypeError(`search: a query has ${this.dim} numbers, or a multiple of that, not ${query.length}`);
    }
    const [found] = await this.#search(query, query.length, options);
    return found!;
  }

  async searchBatch(queries: Float32Array | readonly number[], options: GpuSearchOptions = {}): Promise<Found[]> {
    if (queries.length % this.dim !== 0) {
      throw new TypeError(`searchBatch: queries have ${this.dim} numbers each, and ${queries.length} are no whole number of them`);
    }
    return this.#search(queries, this.dim, options);
  }

  key(id: number): string | undefined {
    return this.#guard.run(() => this.searcher.key(id));
  }

  free(): void {
    this.#guard.run(() => this.searcher.free());
  }

  async #search(
    queries: Float32Array | readonly number[],
    each: number,
    { k = 10, exclude = [] }: GpuSearchOptions,
  ): Promise<Found[]> {
    if (!(Number.isInteger(k) && k >= 0 && k < 2 ** 32)) throw new TypeError('search: k is a whole number from 0 on');
    const [numbers, excluded] = [Float32Array.from(queries), Uint32Array.from(exclude)];
    const [lengths, ids, scores] = await this.#guard.run(() => this.searcher.search(numbers, each, k, excluded));
    let end = 0;
    return Array.from(lengths, (length) => {
      const start = end;
      end += length;
      return { ids: ids.slice(start, end), scores: scores.slice(start, end) };
    });
  }
}
