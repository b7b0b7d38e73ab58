// hnswlib-wasm: hnswlib through Emscripten, compiled for pages alone. In Node it needs a `window` and an IndexedDB, in which it
// keeps its files; its wasm and what it computes are untouched. Owns that shim.
import { readFile, writeFile } from 'node:fs/promises';
import { inPieces, load, versionOf } from './installed.mjs';

const FOLDER = '/hnswlib-index';
const STORE = 'FILE_DATA';
const LINKS = 16;
const BREADTH = 200;

let started;

export const hnswlibWasm = {
  name: 'hnswlib-wasm',
  kind: 'wasm',
  most: Infinity,
  efforts: (k) => (k <= 10 ? [10, 16, 18, 20, 24, 32, 48, 64, 96, 160, 320, 640] : [100, 128, 160, 224, 320, 480, 800, 1600]),
  settings: `M ${LINKS}, efConstruction ${BREADTH}`,
  download: ['hnswlib-wasm/dist/hnswlib.js', 'hnswlib-wasm/dist/hnswlib-317962d7.js'],
  version: () => versionOf('hnswlib-wasm'),
  prepare: (query) => query,

  async make({ rows, count, dim }, to) {
    const { lib, sync } = await start();
    const index = new lib.HierarchicalNSW('ip', dim, '');
    index.initIndex(count, LINKS, BREADTH, 100);
    inPieces(count, 1000, (first, last) => {
      const labels = Array.from({ length: last - first }, (_, at) => first + at);
      index.addPoints(labels.map((row) => rows.subarray(row * dim, (row + 1) * dim)), labels, false);
    });
    await index.writeIndex('made');
    await sync('write');
    const { contents } = await inStore('readonly', (store) => store.get(`${FOLDER}/made`));
    await writeFile(to, contents);
    await inStore('readwrite', (store) => store.delete(`${FOLDER}/made`));
    await sync('read');
    index.delete();
  },

  /** Puts the file into Emscripten's; what is timed is reading it from there. */
  async stage(from, { count, dim }) {
    const { lib, sync } = await start();
    const entry = { timestamp: new Date(), mode: 0o100666, contents: new Uint8Array(await readFile(from)) };
    await inStore('readwrite', (store) => store.put(entry, `${FOLDER}/staged`));
    await sync('read');
    return async () => {
      const index = new lib.HierarchicalNSW('ip', dim, '');
      await index.readIndex('staged', count);
      return {
        at(effort) {
          index.setEfSearch(effort);
          return (query, k) => index.searchKnn(query, k, undefined).neighbors;
        },
        free: () => index.delete(),
      };
    };
  },
};

async function start() {
  started ??= (async () => {
    await load('fake-indexeddb/auto/index.mjs');
    globalThis.window ??= globalThis;
    const glue = await load('hnswlib-wasm/dist/hnswlib.js');
    await glue.__tla;
    const lib = await quietly(() => glue.loadHnswlib('IDBFS'));
    lib.EmscriptenFileSystemManager.setDebugLogs(false);
    return { lib, sync: (way) => quietly(() => glue.syncFileSystem(way)) };
  })();
  return started;
}

/** Emscripten's debug build talks to the console. */
async function quietly(work) {
  const { log, error, warn } = console;
  console.log = console.error = console.warn = () => {};
  try {
    return await work();
  } finally {
    // Its last words come after it has answered.
    await new Promise((resolve) => setTimeout(resolve, 20));
    Object.assign(console, { log, error, warn });
  }
}

/** One request to the object store behind Emscripten's files. */
async function inStore(mode, ask) {
  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const base = await asked(indexedDB.open(FOLDER));
  try {
    return await asked(ask(base.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    base.close();
  }
}
