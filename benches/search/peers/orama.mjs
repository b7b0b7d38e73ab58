// orama: plain JavaScript, an exact scan over objects, kept as JSON. Its `searchVector` may answer later.
import { readFile, writeFile } from 'node:fs/promises';
import { load, versionOf } from './installed.mjs';

export const orama = {
  name: 'orama',
  kind: 'js',
  most: 20_000,
  efforts: () => [0],
  settings: 'exact cosine, similarity 0',
  download: [],
  bundle: "export { create, load, searchVector } from '@orama/orama';",
  version: () => versionOf('@orama/orama'),
  prepare: (query) => Array.from(query),

  async make({ rows, count, dim }, to) {
    const { create, insertMultiple, save } = await start();
    const base = create(shape(dim));
    const one = (row) => ({ id: `${row}`, v: Array.from(rows.subarray(row * dim, (row + 1) * dim)) });
    await insertMultiple(base, Array.from({ length: count }, (_, row) => one(row)), 1000);
    await writeFile(to, JSON.stringify(save(base)));
  },

  async stage(from, { dim }) {
    const { create, load: fill, searchVector } = await start();
    const text = await readFile(from, 'utf8');
    return async () => {
      const base = create(shape(dim));
      fill(base, JSON.parse(text));
      const asked = (value, limit) => ({ mode: 'vector', vector: { value, property: 'v' }, similarity: 0, limit, includeVectors: false });
      return {
        waits: true,
        at: () => async (query, k) => (await searchVector(base, asked(query, k))).hits.map(({ id }) => id),
        free() {},
      };
    };
  },
};

const start = () => load('@orama/orama/dist/esm/index.js');
const shape = (dim) => ({ schema: { v: `vector[${dim}]` } });
