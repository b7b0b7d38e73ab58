/** Owns what `edge-recall/webgpu` promises: the words of its options and answers. */
import type { Found, IndexCode, OpenOptions } from '../search/types.js';

export type { Found, IndexCode, OpenOptions } from '../search/types.js';

export interface GpuSearchOptions {
  /** How many to find; 10 unless said. */
  k?: number;
  /** Ids that are not to be found. */
  exclude?: Iterable<number>;
}

/** Who answers, and how often it took more than one look. */
export interface GpuStats {
  /** `simd`: the processor, because there is no usable GPU. */
  engine: 'webgpu' | 'simd';
  /** Why it is `simd`. */
  reason?: string;
  /** Name of the adapter that was found, as far as the browser tells it. */
  adapter?: string;
  /** The adapter is a program on the processor: right answers, no speed. */
  software: boolean;
  /** Queries that needed longer lists than at first. */
  widened: number;
  /** Queries that the processor answered although there is a GPU. */
  fallbacks: number;
}

/** An index file, open, its rows on the GPU. Every search is exact: ids and scores are those of a scan of all rows. */
export interface GpuIndex {
  /** Rows. */
  readonly size: number;
  /** Numbers of a vector. */
  readonly dim: number;
  readonly code: IndexCode;
  readonly metric: 'dot' | 'cosine';
  readonly cells: number;
  /** Bytes of the file. */
  readonly bytes: number;
  /** As of now. */
  readonly stats: GpuStats;
  /**
   * The rows nearest to a query, by score and then by id.
   * @param query one vector, or several interests one after another: a row's score is then its best
   * @throws TypeError where the query is of another length, or an option is none
   */
  search(query: Float32Array | readonly number[], options?: GpuSearchOptions): Promise<Found>;
  /** One list for each of several vectors, one after another: far cheaper than one search each. */
  searchBatch(queries: Float32Array | readonly number[], options?: GpuSearchOptions): Promise<Found[]>;
  /** The name of an id, where the file names it. */
  key(id: number): string | undefined;
  /** Gives the memory back, on both sides. The index answers no more; searches under way still do. */
  free(): void;
}

/** Opens an index file: a URL, a path where there are files, or its bytes. Without a GPU it opens all the same: see `stats`. */
export type Open = (source: string | URL | ArrayBuffer | Uint8Array, options?: OpenOptions) => Promise<GpuIndex>;
