// edgevec: HNSW in wasm. Its effort is part of the index, its files lie in IndexedDB, its ids begin at 1.
import { readFile, writeFile } from 'node:fs/promises';
import { file, inPieces, load, versionOf } from './installed.mjs';

const EFFORT = 64;

let started;

export const edgevec = {
  name: 'edgevec',
  kind: 'wasm',
  most: 20_000,
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
    index.free();
  },

  /** What is timed includes the way through an IndexedDB in memory, for it reads from nowhere else. */
  async stage(from) {
    const { EdgeVec } = await start();
    await stored('staged', new Uint8Array(await readFile(from)));
    return async () => {
      const index = await EdgeVec.load('staged');
      return {
        at: () => (query, k) => index.search(query, k).map(({ id }) => id - 1),
        free: () => index.free(),
      };
    };
  },
};

async function start() {
  started ??= (async () => {
    await load('fake-indexeddb/auto/index.mjs');
    const glue = await load('edgevec/edgevec.js');
    glue.initSync({ module: await readFile(file('edgevec/edgevec_bg.wasm')) });
    return glue;
  })();
  return started;
}

function stored(name, bytes) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('EdgeVecDB', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('files');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const change = request.result.transaction(['files'], 'readwrite');
      change.objectStore('files').put(bytes, name);
      change.oncomplete = resolve;
      change.onerror = () => reject(change.error);
    };
  });
}
