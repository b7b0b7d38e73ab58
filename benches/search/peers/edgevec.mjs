// edgevec: HNSW in wasm. Its effort is part of the index, its ids begin at 1. Version 0.9.0 cannot load what it saved, neither
// through IndexedDB nor from its stream ("a feature that PostCard will never implement"): it is built anew for every run, its
// bytes are those of the stream, and it has no time to load.
import { readFile, writeFile } from 'node:fs/promises';
import { file, inPieces, load, versionOf } from './installed.mjs';

const EFFORT = 64;

let started;
let built;

export const edgevec = {
  name: 'edgevec',
  kind: 'wasm',
  most: 20_000,
  reloads: false,
  efforts: () => [EFFORT],
  settings: `M 16, ef_construction 200, ef_search ${EFFORT}, L2`,
  download: ['edgevec/edgevec.js', 'edgevec/edgevec_bg.wasm'],
  version: () => versionOf('edgevec'),
  prepare: (query) => query,

  async make({ rows, count, dim }, to) {
    const { EdgeVec, EdgeVecConfig } = await start();
    const config = new EdgeVecConfig(dim);
    Object.assign(config, { m: 16, m0: 32, ef_construction: 200, ef_search: EFFORT });
    const index = new EdgeVec(config);
    inPieces(count, 500, (first, last) => index.insertBatchFlat(rows.subarray(first * dim, last * dim), last - first));
    const pieces = [];
    const stream = index.save_stream(1 << 22);
    for (let piece = stream.next_chunk(); piece; piece = stream.next_chunk()) pieces.push(piece);
    await writeFile(to, Buffer.concat(pieces));
    built = index;
  },

  /** The index that was built just now. */
  async stage() {
    const index = built;
    return async () => ({
      at: () => (query, k) => index.search(query, k).map(({ id }) => id - 1),
      free() {},
    });
  },
};

async function start() {
  started ??= (async () => {
    const glue = await load('edgevec/edgevec.js');
    glue.initSync({ module: await readFile(file('edgevec/edgevec_bg.wasm')) });
    return glue;
  })();
  return started;
}
