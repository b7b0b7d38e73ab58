// Test users through the packaged wasm in Node, as a device would have lived their histories; prints what it finds.
//
//   node benches/quality/replay.mjs BUILD HISTORY TEST OUT [--k 20] [--users 2000]
//
// EDGE_RECALL_DIST  the `dist` folder of `cargo xtask package`
//
// OUT gets `history.csv` and `test.csv` of the users that were replayed, for `edge-recall evaluate`.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { filesOf } from '../wasm/runtime.mjs';
import { fits, readUsers, spread, writeUsers } from './users.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { k: { type: 'string', default: '20' }, users: { type: 'string', default: '2000' } },
});
const [build, history, test, out] = positionals;
assert(out, 'usage: replay.mjs BUILD HISTORY TEST OUT [--k N] [--users N]');
const k = Number(values.k);

const all = await readUsers(history, test);
const usable = all.users.filter(fits);
const users = spread(usable, Number(values.users));
await mkdir(out, { recursive: true });
await writeUsers(out, all, users);

const recall = await open(resolve(build));
const sums = { recall: 0, ndcg: 0, hit_rate: 0 };
for (const user of users) {
  const found = await ask(user);
  const hits = found.flatMap(({ id }, place) => (user.test.has(id) ? [place] : []));
  const gain = (places) => places.reduce((sum, place) => sum + 1 / Math.log2(place + 2), 0);
  sums.recall += hits.length / user.test.size;
  sums.ndcg += gain(hits) / gain([...Array(Math.min(user.test.size, k)).keys()]);
  sums.hit_rate += hits.length > 0 ? 1 : 0;
}
const found = Object.entries(sums).map(([name, sum]) => [`${name}@${k}`, sum / users.length]);
const answer = { users: users.length, left_out: all.users.length - usable.length, found: Object.fromEntries(found) };
console.log(JSON.stringify(answer));

/** The public API over files in memory, with every file loaded whatever a visit may cost. */
async function open(folder) {
  const dist = resolve(process.env.EDGE_RECALL_DIST ?? 'dist');
  const { load } = await import(pathToFileURL(join(dist, 'npm/dist/node.js')));
  const files = await filesOf(folder);
  const fetch = async (url) => {
    const file = files.get(decodeURIComponent(new URL(url).pathname.split('/').pop()));
    return file ? new Response(file) : new Response(null, { status: 404 });
  };
  const budget = { bytes: Infinity, requests: Infinity, ms: 600_000 };
  return load('https://host.invalid/recall/', { fetch, cache: null, budget });
}

/** The clock goes where the user's was: every event at its time, the question with the last of them. */
async function ask(user) {
  recall.profile.clear();
  const clock = Date.now;
  try {
    for (const { item, type, time } of user.history) {
      Date.now = () => time;
      recall.observe(type, item);
    }
    const results = await recall.recommend({ k, cards: false });
    assert.deepEqual([results.stats.degraded, results.stats.problems], [undefined, []]);
    return results;
  } finally {
    Date.now = clock;
  }
}
