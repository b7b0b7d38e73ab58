// voy-search: a k-d tree in wasm, kept as a text of JSON. It has no effort to choose.
import { readFile, writeFile } from 'node:fs/promises';
import { file, load, versionOf } from './installed.mjs';

let started;

export const voy = {
  name: 'voy-search',
  kind: 'wasm',
  most: 20_000,
  efforts: () => [0],
  settings: 'Euclidean, no settings',
  download: ['voy-search/voy_search.js', 'voy-search/voy_search_bg.js', 'voy-search/voy_search_bg.wasm'],
  version: () => versionOf('voy-search'),
  prepare: (query) => query,

  async make({ rows, count, dim }, to) {
    const { Voy } = await start();
    const one = (row) => ({ id: `${row}`, title: '', url: '', embeddings: Array.from(rows.subarray(row * dim, (row + 1) * dim)) });
    const index = new Voy({ embeddings: Array.from({ length: count }, (_, row) => one(row)) });
    await writeFile(to, index.serialize());
    index.free();
  },

  async stage(from) {
    const { Voy } = await start();
    const text = await readFile(from, 'utf8');
    return async () => {
      const index = Voy.deserialize(text);
      return {
        at: () => (query, k) => index.search(query, k).neighbors.map(({ id }) => id),
        free: () => index.free(),
      };
    };
  },
};

/** The package imports its wasm as a module, which a bundler does and Node does not. */
async function start() {
  started ??= (async () => {
    const glue = await load('voy-search/voy_search_bg.js');
    const bytes = await readFile(file('voy-search/voy_search_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, { './voy_search_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    return glue;
  })();
  return started;
}
