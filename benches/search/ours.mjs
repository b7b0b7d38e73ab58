// edge-recall's own contenders: one index file each, made by `edge-recall index`, searched through `edge-recall/search` of the
// packed package. Same interface as a peer (`peers/all.mjs`); `lane` is the kind of search, for the plot.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const dist = process.env.EDGE_RECALL_DIST ?? 'dist';
/** Cells looked into, 0 = as many as the file advises. What is fastest at a wanted recall is chosen afterwards. */
const PROBES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128];
/** A graph beyond this is what its page says it is not for: links take longer to build than is worth it. */
const MOST_LINKED = 100_000;

const FILES = [
  { lane: 'flat', code: 'f16' },
  { lane: 'flat', code: 'int8' },
  { lane: 'flat', code: 'int4' },
  { lane: 'cells', code: 'int8' },
  { lane: 'cells', code: 'int8', rescore: 'f16' },
  { lane: 'cells', code: 'f16' },
  { lane: 'hnsw', code: 'int8' },
];

const ENTRY = 'npm/dist/search-node.js';

/** Why there is nothing of ours to measure, or nothing. */
export async function absence() {
  const entry = join(dist, ENTRY);
  const there = await readFile(entry).then(() => true, () => false);
  return there ? undefined : `${entry} does not exist: the package has no edge-recall/search`;
}

export const OURS = FILES.map(({ lane, code, rescore }) => ({
  name: ['edge-recall', lane, code, ...(rescore ? ['rescored'] : [])].join(' '),
  kind: 'ours',
  lane,
  code,
  most: lane === 'hnsw' ? MOST_LINKED : Infinity,
  efforts: () => (lane === 'cells' ? PROBES : [0]),
  settings: `--kind ${lane} --code ${code}${rescore ? ` --rescore ${rescore}` : ''}`,
  download: ['search-web.js', 'search_bg.wasm'],
  version: async () => JSON.parse(await readFile(join(dist, 'npm/package.json'))).version,
  prepare: (query) => query,

  async make(set, to) {
    const finer = rescore ? ['--rescore', rescore] : [];
    const builder = process.env.EDGE_RECALL_BUILDER ?? 'edge-recall';
    await run(builder, ['index', set.file, '--quiet', '--out', to, '--code', code, '--kind', lane, '--metric', 'dot', ...finer]);
  },

  /** The public way in, from bytes in memory: checksums and structure are part of the time. */
  async stage(from) {
    const { open } = await import(pathToFileURL(resolve(dist, ENTRY)));
    const bytes = new Uint8Array(await readFile(from));
    return async () => {
      const index = await open(bytes);
      return {
        at(effort) {
          const options = effort > 0 ? { kind: lane, probes: effort } : { kind: lane };
          return (query, k) => index.search(query, { ...options, k }).ids;
        },
        free: () => index.free(),
      };
    };
  },
}));
