// One set in a process of its own: every contender's index is made or found, opened, and searched in turns. Leaves JSON.
//
//   node benches/search/measure.mjs SET FOLDER      SET as `clustered-100000`, or `demo`
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { floors } from './floors.mjs';
import { median } from './lib/figures.mjs';
import { inTurns } from './lib/rounds.mjs';
import { setOf, setOfTable } from './lib/sets.mjs';
import { OURS, absence } from './ours.mjs';
import { PEERS } from './peers/all.mjs';

const KS = [10, 100];
const LOADS = 5;
/** Below this many rows only our own are measured: for the crossovers. */
const SMALL = 20_000;

const [name, folder] = process.argv.slice(2);
const set = await opened(name);
const missing = [];
const contenders = await present();
const loads = await loaded(contenders);
const rows = [];
for (const k of KS.filter((k) => k <= set.truth[0].length)) {
  const all = contenders.flatMap(({ peer, index }) => peer.efforts(k).map((effort) => ({ peer, index, effort })));
  const measured = await inTurns(all, set, k);
  rows.push(...measured.map(({ peer, index, ...row }) => ({ name: peer.name, k, ...row })));
}
const result = {
  set: set.name, law: set.law, count: set.count, dim: set.dim, missing, rows,
  peers: contenders.map(({ about }, at) => ({ ...about, ...loads[at] })),
  floors: await floors(set, contenders, join(folder, 'floors')),
};
await mkdir(join(folder, 'results'), { recursive: true });
await writeFile(join(folder, 'results', `${name}.json`), `${JSON.stringify(result)}\n`);
process.exit(0);

async function opened(name) {
  const sets = join(folder, 'sets');
  if (name === 'demo') return setOfTable(sets, 'demo', process.env.EDGE_RECALL_BENCH_DEMO);
  const [law, count] = name.split('-');
  return setOf(sets, law, Number(count));
}

/** Contenders with their files, made where they are not there; who cannot be had is named with the reason. */
async function present() {
  const lacking = await absence();
  if (lacking) leave('edge-recall', lacking);
  const wanted = [...(lacking ? [] : OURS), ...(set.count < SMALL && set.law !== 'demo' ? [] : PEERS)];
  const there = [];
  for (const peer of wanted) {
    if (set.count > peer.most) {
      leave(peer.name, `measured up to ${peer.most} rows: it builds too slowly, or is not for more`, true);
      continue;
    }
    try {
      const version = await peer.version();
      const file = join(folder, 'indexes', `${set.name}.${peer.name.replaceAll(' ', '-')}-${version}`);
      const seconds = await made(peer, file);
      const open = await peer.stage(file, set);
      const bytes = (await stat(file)).size;
      const about = { name: peer.name, kind: peer.kind, lane: peer.lane, version, settings: peer.settings, bytes, seconds };
      there.push({ peer, open, index: await open(), about });
    } catch (error) {
      const told = `${error.stderr ?? ''}`.split('\n').find((line) => line.startsWith('error:'));
      leave(peer.name, told ?? error.message.trim());
    }
  }
  return there;
}

function leave(name, why, expected = false) {
  missing.push({ name, why, expected });
  if (!expected) console.error(`MISSING: ${name} on ${set.name}: ${why}`);
}

/** Seconds that making the file took, or nothing where it was there. Ours are made anew when the builder is. */
async function made(peer, file) {
  const since = peer.kind === 'ours' ? process.env.EDGE_RECALL_BUILDER : undefined;
  const [kept, source, tool] = await Promise.all([file, set.file, since].map((path) => path && stat(path).catch(() => null)));
  const newest = Math.max(source?.mtimeMs ?? 0, tool?.mtimeMs ?? 0);
  if (kept && kept.mtimeMs > newest && peer.reloads !== false) return undefined;
  await mkdir(join(folder, 'indexes'), { recursive: true });
  console.error(`${set.name}: building ${peer.name} ...`);
  const start = performance.now();
  await rm(`${file}.new`, { force: true });
  await peer.make(set, `${file}.new`);
  await rename(`${file}.new`, file);
  return (performance.now() - start) / 1000;
}

/** Milliseconds from a file in memory, or as near to it as the contender lets one come, to an index; all in turns. */
async function loaded(all) {
  const times = all.map(() => []);
  for (let round = 0; round < LOADS; round++) {
    for (const [at, { peer, open }] of all.entries()) {
      if (peer.reloads === false) continue;
      globalThis.gc?.();
      const start = performance.now();
      const index = await open();
      times[at].push(performance.now() - start);
      index.free();
    }
  }
  return times.map((rounds) => (rounds.length > 0 ? { load_rounds: rounds, load_ms: median(rounds) } : {}));
}
