// The budgets of a first visit, at 5,000, 100,000 and 1,000,000 items: through the packed package and the real builder, on a
// made-up catalogue. What is promised to visitors fails here, not in a table.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { HISTORY, K, VISITORS, visitor } from '../../benches/visit/measure.mjs';
import { startServer } from '../../benches/visit/server.mjs';
import { cardsOf, readUsers } from '../../benches/visit/users.mjs';

const run = promisify(execFile);
const dist = resolve(process.env.EDGE_RECALL_DIST);
const builder = resolve(process.env.EDGE_RECALL_BUILDER);
const USERS = 25;

/** Bytes of a whole first visit, runtime included. */
const SIZES = [
  { items: 5_000, bytes: 300_000 },
  { items: 100_000, bytes: 300_000 },
  { items: 1_000_000, bytes: 350_000 },
];

const place = await mkdtemp(join(tmpdir(), 'edge-recall-visit-'));
after(() => rm(place, { recursive: true, force: true }));

for (const { items, bytes } of SIZES) {
  test(`a first visit to ${items} items keeps its budget`, async () => {
    const site = join(place, `${items}`);
    const size = ['--items', items, '--users', items / 5 + 2_000, '--events', items * 20, '--shards', 4 * USERS];
    await run(builder, ['generate', '--quiet', '--out', site, ...size.map(String)]);
    const folder = join(site, 'recall');
    const users = await readUsers(site, HISTORY, USERS);
    assert.equal(users.length, USERS);
    const cards = await cardsOf(builder, folder, new Set(users.flatMap((user) => user.history)));
    const server = await startServer(builder, folder);
    try {
      const visit = await visitor(dist, server);
      for (const who of ['card', 'cards']) {
        for (const user of users) {
          const made = await visit(VISITORS[who](user, cards), user.test);
          const told = `${who}, user ${user.user}: ${JSON.stringify(made)}`;
          assert.ok(made.first <= 90_000 && made.shownFirst === K, `the first answer: ${told}`);
          assert.ok(made.bytes < bytes, `bytes: ${told}`);
          assert.ok(made.files <= 9, `data files: ${told}`);
          assert.ok(made.rounds <= 2, `dependent rounds: ${told}`);
          assert.equal(made.found, K, told);
          assert.equal(made.degraded, undefined, told);
          assert.equal(made.again, 0, `a second call asks for nothing: ${told}`);
        }
      }
    } finally {
      await server.close();
    }
    await rm(site, { recursive: true });
  });
}
