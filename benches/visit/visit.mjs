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
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { HISTORY, K, VISITORS, visitor } from './measure.mjs';
import { startServer } from './server.mjs';
import { cardsOf, readUsers, writeUsers } from './users.mjs';

const run = promisify(execFile);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { users: { type: 'string', default: '300' } },
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
const server = await startServer(builder, folder);
const visit = await visitor(dist, server);
const rows = [];
for (const [who, seen] of Object.entries(VISITORS)) {
  const visits = [];
  for (const user of users) visits.push(await visit(seen(user, cards), user.test));
  const { whole, exact } = await everything(who, who === 'cards' ? HISTORY : 1);
  const row = { name, visitor: who, users: users.length, ...summary(visits), whole, exact };
  rows.push({ ...row, 'of whole': row.recall / whole, 'of exact scan': row.recall / exact });
}
await server.close();
const rounded = (value) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value);
const metrics = Object.keys(rows[0]).filter((key) => key !== 'visitor');
const line = (key) => [key, Object.fromEntries(rows.map((row) => [row.visitor, rounded(row[key])]))];
console.table(Object.fromEntries(metrics.map(line)));
await writeFile(join(out, `visit-${name}.json`), JSON.stringify(rows, null, 1));

function summary(visits) {
  const mean = (key) => visits.reduce((sum, visit) => sum + visit[key], 0) / visits.length;
  const most = (key) => Math.max(...visits.map((visit) => visit[key]));
  return {
    'first answer, most bytes': most('first'),
    'bytes, mean': mean('bytes'),
    'bytes, most': most('bytes'),
    'files, mean': mean('files'),
    'files, most': most('files'),
    'rounds, most': most('rounds'),
    'ms, median': visits.map((visit) => visit.ms).sort((a, b) => a - b)[visits.length >> 1],
    'requests of the next call, most': most('again'),
    degraded: visits.filter((visit) => visit.degraded).length,
    recall: mean('recall'),
  };
}

/** The same histories through the native runtime with every file attached: all channels, and the exact scan of the vectors alone. */
async function everything(who, length) {
  const [history, test] = ['history', 'test'].map((what) => join(out, `visit-${name}-${who}-${what}.csv`));
  await writeUsers(history, test, users, length);
  const args = ['evaluate', folder, '--history', history, '--test', test, '--k', `${K}`, '--json'];
  const { stdout } = await run(builder, args, { maxBuffer: 1 << 26 });
  const answer = JSON.parse(stdout);
  return { whole: answer.fused[`recall@${K}`], exact: answer.channels.u2i[`recall@${K}`] };
}
