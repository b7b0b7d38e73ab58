// Index kinds of edge-recall beside other packages, set by set, each set in a process of its own; then the tables, the verdict on
// every target, and the plot. `cargo xtask bench search` installs, builds and starts it.
//
//   node benches/search/bench.mjs OUT          leaves OUT/search.json; sets, indexes and the plot lie under OUT/search
//
// EDGE_RECALL_BENCH_SIZES          rows of the generated sets, `20000,100000,1000000` where nothing is said
// EDGE_RECALL_BENCH_SETS           of `clustered,isotropic,demo`, all where nothing is said
// EDGE_RECALL_BENCH_ROUNDS         rounds, 7
// EDGE_RECALL_BENCH_GPU            figures of the GPU search, the JSON of `cargo xtask bench gpu`
// EDGE_RECALL_BENCH_BUILD_MINUTES  patience with one index that is built, 45
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloads } from './lib/downloads.mjs';
import { LAWS } from './lib/laws.mjs';
import { DEMO } from './lib/sets.mjs';
import { OURS } from './ours.mjs';
import { PEERS } from './peers/all.mjs';
import * as onGpu from './report/gpu.mjs';
import { blocks } from './report/page.mjs';
import { plot } from './report/plot.mjs';
import { printed } from './report/screen.mjs';
import { targets } from './report/targets.mjs';

const SIZES = [20_000, 100_000, 1_000_000];
/** Sizes below those, of the clustered set and with our own alone: where the lines of the plot cross. */
const SMALLER = [1_000, 5_000];

const out = resolve(process.argv[2] ?? 'target/bench');
const folder = join(out, 'search');
const listed = (name, otherwise) => process.env[name]?.split(',').map((word) => word.trim()) ?? otherwise;
const sizes = listed('EDGE_RECALL_BENCH_SIZES', SIZES).map(Number);
const laws = listed('EDGE_RECALL_BENCH_SETS', [...Object.keys(LAWS), 'demo']);

const names = [];
for (const law of Object.keys(LAWS).filter((law) => laws.includes(law))) {
  if (law === 'clustered') names.push(...SMALLER.map((size) => `${law}-${size}`));
  names.push(...sizes.map((size) => `${law}-${size}`));
}
if (laws.includes('demo') && process.env.EDGE_RECALL_BENCH_DEMO) names.push('demo');

await mkdir(join(folder, 'results'), { recursive: true });
const sets = [];
for (const name of names) {
  const set = await measured(name);
  sets.push(set);
  console.log(printed(set));
}
const gpu = process.env.EDGE_RECALL_BENCH_GPU && JSON.parse(await readFile(process.env.EDGE_RECALL_BENCH_GPU, 'utf8'));
const download = await downloads([...OURS.slice(0, 1), ...PEERS]);
const verdicts = targets(sets, onGpu.targets(gpu));
console.log(verdicts.text);
const document = {
  bench: 'search', host: `node ${process.version}`, cpu: cpus()[0]?.model.trim() ?? 'unknown', words: { ...words(), demo: DEMO },
  whole: isWhole(), download, targets: verdicts.list, sets, gpu,
};
document.page = blocks(document);
await writeFile(join(folder, 'crossovers.svg'), plot(sets, gpu));
await writeFile(join(out, 'search.json'), `${JSON.stringify(document, null, 1)}\n`);

/** A fresh process for every set: nobody's memory or compiled code is left from the one before. */
async function measured(name) {
  const result = join(folder, 'results', `${name}.json`);
  await rm(result, { force: true });
  const script = fileURLToPath(new URL('measure.mjs', import.meta.url));
  const flags = [...process.execArgv, '--expose-gc', '--no-warnings'];
  const { status, signal } = spawnSync(process.execPath, [...flags, script, name, folder], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${name}: measuring ended with ${signal ?? status}`);
  return JSON.parse(await readFile(result));
}

function words() {
  return Object.fromEntries(Object.entries(LAWS).map(([name, { words }]) => [name, words]));
}

/** Whether the page may stand on this run: every set, at all sizes but perhaps the million, ours among them. */
function isWhole() {
  const everything = [...Object.keys(LAWS), 'demo'].every((law) => laws.includes(law)) && names.includes('demo');
  return everything && SIZES.slice(0, 2).every((size) => sizes.includes(size)) && sets.every(({ peers }) => peers.some(({ kind }) => kind === 'ours'));
}
