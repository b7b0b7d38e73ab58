/** Owns one open index: checks arguments, moves numbers into the wasm's memory and out of it. */
import { EdgeRecallError, Guard } from '../errors.js';
import type { Searcher } from './glue.js';
import type { Found, Index, IndexCode, IndexKind, SearchOptions } from './types.js';

const KINDS: readonly IndexKind[] = ['flat', 'cells', 'hnsw'];
const CODES: readonly IndexCode[] = ['f16', 'int8', 'int4', 'int2'];
const METRICS = ['dot', 'cosine'] as const;

export class IndexFile implements Index {
  readonly size: number;
  readonly dim: number;
  readonly code: IndexCode;
  readonly metric: 'dot' | 'cosine';
  readonly cells: number;
  readonly kinds: readonly IndexKind[];
  readonly #guard = new Guard();

  /** @throws EdgeRecallError where the bytes are no sound index */
  constructor(
    private readonly searcher: Searcher,
    private readonly memory: WebAssembly.Memory,
    readonly bytes: number,
  ) {
    const problem = this.#guard.run(() => searcher.open());
    if (problem !== undefined) {
      const [code = 'core', section, ...message] = problem.split('\n');
      searcher.free();
      throw new EdgeRecallError(code, message.join('\n'), { section });
    }
    const [size = 0, dim = 0, code = 0, metric = 0, cells = 0, linked = 0] = searcher.facts();
    [this.size, this.dim, this.cells] = [size, dim, cells];
    [this.code, this.metric] = [CODES[code]!, METRICS[metric]!];
    this.kinds = KINDS.filter((kind) => kind === 'flat' || (kind === 'cells' ? cells > 1 : linked > 0));
  }

  search(query: Float32Array | readonly number[], options: SearchOptions = {}): Found {
    if (query.length === 0 || query.length % this.dim !== 0) {
      throw new TypeError(`search: a query has ${this.dim} numbers, or a multiple of that, not ${query.length}`);
    }
    return this.#search(query, this.#kind(options), options);
  }

  searchBatch(queries: Float32Array | readonly number[], options: SearchOptions = {}): Found[] {
    if (queries.length % this.dim !== 0) {
      throw new TypeError(`searchBatch: queries have ${this.dim} numbers each, and ${queries.length} are no whole number of them`);
    }
    const kind = this.#kind(options);
    const lists: Found[] = [];
    for (let at = 0; at < queries.length; at += this.dim) {
      lists.push(this.#search(queries.slice(at, at + this.dim), kind, options));
    }
    return lists;
  }

  key(id: number): string | undefined {
    return this.#guard.run(() => this.searcher.key(id));
  }

  free(): void {
    this.#guard.run(() => this.searcher.free());
  }

  #search(query: Float32Array | readonly number[], kind: number, { k = 10, probes = 0, exclude }: SearchOptions): Found {
    if (!isCount(k) || !isCount(probes)) throw new TypeError('search: k and probes are whole numbers from 0 on');
    const { searcher, memory } = this;
    return this.#guard.run(() => {
      const excluded = exclude === undefined ? [] : Uint32Array.from(exclude);
      // Memory moves when it grows: every place is taken after the call that may grow it.
      const places = searcher.exclude(excluded.length);
      if (excluded.length > 0) new Uint32Array(memory.buffer, places, excluded.length).set(excluded);
      const room = searcher.query(query.length);
      new Float32Array(memory.buffer, room, query.length).set(query);
      const found = searcher.search(kind, k, probes);
      return {
        ids: new Uint32Array(memory.buffer, searcher.ids(), found).slice(),
        scores: new Float32Array(memory.buffer, searcher.scores(), found).slice(),
      };
    });
  }

  #kind({ kind = this.kinds.at(-1)! }: SearchOptions): number {
    const number = KINDS.indexOf(kind);
    // One cell is a cell, too: only links can be missing.
    if (number < 0 || (kind === 'hnsw' && !this.kinds.includes(kind))) {
      throw new TypeError(`search: this file can be searched as ${this.kinds.join(', ')}, not as ${String(kind)}`);
    }
    return number;
  }
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
