/** Owns what `edge-recall/search` promises: the words of its options and answers. */
import type { FetchLike, WasmSource } from '../types.js';

/** How a search finds its way: it scans everything, looks into the most promising cells, or follows the links of a graph. */
export type IndexKind = 'flat' | 'cells' | 'hnsw';

/** How a row is stored. */
export type IndexCode = 'f16' | 'int8' | 'int4' | 'int2';

export interface OpenOptions {
  /** In place of the host's. */
  fetch?: FetchLike;
  /** Stops the download. */
  signal?: AbortSignal;
  /** The wasm, where the package does not find its own. */
  wasm?: WasmSource;
}

export interface SearchOptions {
  /** How many to find; 10 unless said. */
  k?: number;
  /** One of the index's `kinds`; the last of them unless said. */
  kind?: IndexKind;
  /** Cells to look into; as many as the file advises unless said. More find more and take longer. */
  probes?: number;
  /** Ids that are not to be found. */
  exclude?: Iterable<number>;
}

/** The best, best first. */
export interface Found {
  ids: Uint32Array;
  /** Inner products, or cosines where the file's metric is that. */
  scores: Float32Array;
}

/** An index file, open. */
export interface Index {
  /** Rows. */
  readonly size: number;
  /** Numbers of a vector. */
  readonly dim: number;
  readonly code: IndexCode;
  readonly metric: 'dot' | 'cosine';
  /** Cells that the rows lie in. */
  readonly cells: number;
  /** What the file was made for: `flat` always; `cells` where it has several; `hnsw` where it has a graph. */
  readonly kinds: readonly IndexKind[];
  /** Bytes of the file. */
  readonly bytes: number;
  /**
   * The rows nearest to a query, by score and then by id.
   * @param query one vector, or several interests one after another: a row's score is then its best
   * @throws TypeError where the query is of another length, or an option is none
   */
  search(query: Float32Array | readonly number[], options?: SearchOptions): Found;
  /** One list for each of several vectors, one after another. */
  searchBatch(queries: Float32Array | readonly number[], options?: SearchOptions): Found[];
  /** The name of an id, where the file names it. */
  key(id: number): string | undefined;
  /** Gives the memory back. The index answers no more. */
  free(): void;
}

/** Opens an index file: a URL, a path where there are files, or its bytes. */
export type Open = (source: string | URL | ArrayBuffer | Uint8Array, options?: OpenOptions) => Promise<Index>;
