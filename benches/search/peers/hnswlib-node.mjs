// hnswlib-node: hnswlib as a native addon, compiled on this machine for this machine.
import { inPieces, need, versionOf } from './installed.mjs';

const LINKS = 16;
const BREADTH = 200;

export const hnswlibNode = {
  name: 'hnswlib-node',
  kind: 'native',
  most: Infinity,
  efforts: (k) => (k <= 10 ? [10, 16, 18, 20, 24, 32, 48, 64, 96, 160, 320, 640] : [100, 128, 160, 224, 320, 480, 800, 1600]),
  settings: `M ${LINKS}, efConstruction ${BREADTH}`,
  version: () => versionOf('hnswlib-node'),
  // It takes plain arrays alone; making one is not its work.
  prepare: (query) => Array.from(query),

  async make({ rows, count, dim }, to) {
    const index = new (need('hnswlib-node').HierarchicalNSW)('ip', dim);
    index.initIndex(count, LINKS, BREADTH, 100);
    inPieces(count, 1000, (first, last) => {
      for (let row = first; row < last; row++) index.addPoint(Array.from(rows.subarray(row * dim, (row + 1) * dim)), row);
    });
    index.writeIndexSync(to);
  },

  async stage(from, { dim }) {
    const { HierarchicalNSW } = need('hnswlib-node');
    return async () => {
      const index = new HierarchicalNSW('ip', dim);
      index.readIndexSync(from);
      return {
        at(effort) {
          index.setEf(effort);
          return (query, k) => index.searchKnn(query, k).neighbors;
        },
        free() {},
      };
    };
  },
};
