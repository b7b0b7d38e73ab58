// usearch: a native addon, prebuilt with kernels for every generation of processors. Its effort is set when an index is made.
import { inPieces, need, versionOf } from './installed.mjs';

const LINKS = 16;
const BREADTH = 200;

export const usearch = {
  name: 'usearch',
  kind: 'native',
  most: Infinity,
  efforts: (k) => (k <= 10 ? [16, 32, 64, 128, 320, 640] : [100, 160, 320, 800]),
  settings: `connectivity ${LINKS}, expansion_add ${BREADTH}, f32`,
  version: () => versionOf('usearch'),
  prepare: (query) => query,

  async make({ rows, count, dim }, to) {
    const index = empty(dim, 64);
    inPieces(count, 1000, (first, last) => {
      const keys = BigUint64Array.from({ length: last - first }, (_, at) => BigInt(first + at));
      index.add(keys, rows.subarray(first * dim, last * dim), 1);
    });
    index.save(to);
  },

  async stage(from, { dim }) {
    const opened = (effort) => {
      const index = empty(dim, effort);
      index.load(from);
      return index;
    };
    return async () => {
      const first = usearch.efforts(10)[0];
      const byEffort = new Map([[first, opened(first)]]);
      return {
        at(effort) {
          if (!byEffort.has(effort)) byEffort.set(effort, opened(effort));
          const index = byEffort.get(effort);
          return (query, k) => index.search(query, k, 1).keys;
        },
        free: () => byEffort.clear(),
      };
    };
  },
};

function empty(dim, effort) {
  const { Index } = need('usearch');
  const sizes = { connectivity: LINKS, expansion_add: BREADTH, expansion_search: effort };
  return new Index({ dimensions: dim, metric: 'ip', quantization: 'f32', ...sizes, multi: false });
}
