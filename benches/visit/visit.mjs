// What a visit costs and finds, through the real wasm in Node against `edge-recall serve`, which counts what it sends.
//
//   node benches/visit/visit.mjs NAME SITE [--users N]
//
// SITE holds recall/, history.csv and test.csv, as `edge-recall generate --shards` writes them.
// EDGE_RECALL_DIST       the `dist` folder of `cargo xtask package`
// EDGE_RECALL_BUILDER    the command `edge-recall`
// EDGE_RECALL_BENCH_OUT  where JSON is left
//
// Every visit is a first one: a fresh instance, nothing cached. Three visitors are measured: `card` saw one item on a page
// with an inlined card; `cards` has the cards of their last 20 items in the profile; `bare` saw one item by its id alone.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { cardsOf, readUsers, writeUsers } from './users.mjs';
import { startServer } from './server.mjs';

const run = promisify(execFile);
const K = 20;
const HISTORY = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { users: { type: 'string', default: '300' }, json: { type: 'boolean', default: false } },
});
const [name, site] = positionals;
assert(name && site, 'usage: visit.mjs NAME SITE [--users N]');
const out = resolve(process.env.EDGE_RECALL_BENCH_OUT ?? 'target/bench');
const dist = resolve(process.env.EDGE_RECALL_DIST ?? 'dist');
const builder = resolve(process.env.EDGE_RECALL_BUILDER ?? 'target/release/edge-recall');
const folder = join(resolve(site), 'recall');
await mkdir(out, { recursive: true });

const users = await readUsers(resolve(site), HISTORY, Number(values.users));
const cards = await cardsOf(builder, folder, new Set(users.flatMap((user) => user.history)));
const { load } = await import(pathToFileURL(join(dist, 'npm/dist/node.js')));
const runtime = await gzipped('recall/recall.js') + await gzipped('recall/recall.wasm');
const server = await startServer(builder, folder);

const visitors = {
  card: (user) => user.history.slice(-1).map((id) => [id, { card: cards.get(id) }]),
  cards: (user) => user.history.map((id) => [id, { card: cards.get(id) }]),
  bare: (user) => user.history.slice(-1).map((id) => [id, undefined]),
};
const rows = [];
for (const [visitor, seen] of Object.entries(visitors)) {
  const visits = [];
  for (const user of users) visits.push(await visit(user, seen(user)));
  const exact = await exactly(visitor, users, visitor === 'cards' ? HISTORY : 1);
  rows.push({ name, visitor, users: users.length, runtime, ...summary(visits), ...exact });
}
await server.close();
for (const row of rows) {
  row['of whole'] = row.recall / row.whole;
  row['of exact scan'] = row.recall / row.exact;
}
console.table(rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, rounded(value)]))));
await writeFile(join(out, `visit-${name}.json`), JSON.stringify(rows, null, 1));

/** One cold visit: load, tell what was seen, show what is at hand, then the answer. */
async function visit(user, seen) {
  await server.reset();
  const started = performance.now();
  const recall = await load(server.url, { cache: null, budget: { ms: 60_000 } });
  for (const [id, options] of seen) recall.observe('view', id, options);
  const steps = [];
  for await (const step of recall.recommendSteps({ k: K })) steps.push({ step, sent: await server.sent(), ms: performance.now() - started });
  const { step, ms } = steps.at(-1);
  const sent = await server.sent();
  const found = step.filter(({ id }) => user.test.has(id)).length;
  return {
    first: runtime + steps[0].sent.bytes,
    bytes: runtime + sent.bytes,
    files: sent.requests - 1,
    rounds: step.stats.rounds,
    ms,
    recall: found / user.test.size,
    full: step.length === K,
    degraded: step.stats.degraded,
  };
}

function summary(visits) {
  const mean = (key) => visits.reduce((sum, visit) => sum + visit[key], 0) / visits.length;
  const most = (key) => Math.max(...visits.map((visit) => visit[key]));
  return {
    'first answer, bytes': most('first'),
    'bytes, mean': mean('bytes'),
    'bytes, most': most('bytes'),
    'files, mean': mean('files'),
    'files, most': most('files'),
    'rounds, most': most('rounds'),
    'ms, median': visits.map((visit) => visit.ms).sort((a, b) => a - b)[visits.length >> 1],
    degraded: visits.filter((visit) => visit.degraded).length,
    recall: mean('recall'),
  };
}

/** The same histories through the native runtime with every file attached: all channels, and the vectors alone. */
async function exactly(visitor, users, length) {
  const [history, test] = ['history', 'test'].map((what) => join(out, `visit-${name}-${visitor}-${what}.csv`));
  await writeUsers(history, test, users, length);
  const args = ['evaluate', folder, '--history', history, '--test', test, '--k', `${K}`, '--json'];
  const { stdout } = await run(builder, args, { maxBuffer: 1 << 26 });
  const answer = JSON.parse(stdout);
  return { whole: answer.fused[`recall@${K}`], exact: answer.channels.u2i[`recall@${K}`] };
}

async function gzipped(file) {
  await stat(join(dist, file));
  return gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
}

function rounded(value) {
  return typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value;
}
