// What a call may cost, through the packed package and a build of many cells: budgets hold, steps come in order.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { imported, manyCells } from './harness.mjs';
import { troubled } from './trouble.mjs';

describe('budgets', () => {
  let load, folder, clean;

  before(async () => {
    ({ load } = await imported());
    folder = await manyCells(1);
    clean = await (await visitor(folder)).recommend({ k: 20 });
  });

  const ids = (list) => list.map((result) => result.id);
  const crowdOnly = (list) => list.every((result) => result.channels.join() === 'crowd');

  async function visitor(url, options) {
    const recall = await load(url, { budget: { ms: Infinity }, ...options });
    recall.observe('view', ['c7-00', 'c7-03']);
    return recall;
  }

  test('the default holds, the manifest among the requests', () => {
    assert.ok(clean.stats.requests <= 10 && clean.stats.bytes <= 300_000, JSON.stringify(clean.stats));
    assert.equal(clean.stats.degraded, undefined);
  });

  test('requests', async () => {
    const host = await troubled(folder);
    for (const requests of [0, 1, 2, 4, 6]) {
      const recall = await visitor(host.url, { budget: { requests, ms: Infinity } });
      const before = host.asked.length;
      const { length, stats } = await recall.recommend({ k: 20 });
      assert.equal(length, 20);
      assert.ok(host.asked.length - before <= Math.max(0, requests - 1), `${requests}: ${host.asked.slice(before)}`);
      assert.equal(stats.requests, host.asked.length - before + 1);
    }
  });

  test('bytes', async () => {
    const most = clean.stats.bytes;
    for (const bytes of [0, 3000, 10_000, 30_000]) {
      const recall = await visitor(folder, { budget: { bytes, ms: Infinity } });
      const manifest = (await recall.trending({ k: 1, budget: { bytes: 0 } })).stats.bytes;
      const { length, stats } = await recall.recommend({ k: 20 });
      assert.equal(length, 20);
      assert.ok(stats.bytes <= bytes && stats.bytes <= most - manifest, `${bytes}: ${stats.bytes}`);
    }
  });

  test('nothing to spend: the crowd, and it says so', async () => {
    const answer = await (await visitor(folder, { budget: { requests: 0 } })).recommend({ k: 20 });
    assert.ok(crowdOnly(answer));
    assert.equal(answer.stats.degraded, 'budget');
    assert.deepEqual(answer.stats.missing, []);
  });

  test('no limits: every file, in few rounds', async () => {
    const recall = await visitor(folder);
    const { stats } = await recall.recommend({ budget: { bytes: Infinity, requests: Infinity } });
    assert.equal(stats.degraded, undefined);
    assert.ok(stats.requests > clean.stats.requests && stats.cells > clean.stats.cells, JSON.stringify(stats));
    assert.equal((await recall.recommend()).stats.requests, 0);
  });

  test('a call\'s own budget replaces the one of load, limit by limit', async () => {
    const recall = await visitor(folder, { budget: { requests: 0, ms: Infinity } });
    assert.ok(crowdOnly(await recall.recommend({ k: 20 })));
    assert.deepEqual(ids(await recall.recommend({ k: 20, budget: { requests: 10 } })), ids(clean));
  });

  test('a budget that is none', async () => {
    await assert.rejects(load(folder, { budget: { bytes: -1 } }), TypeError);
    await assert.rejects(load(folder, { privacy: 'full' }), /privacy.*head/);
    const recall = await visitor(folder);
    await assert.rejects(recall.recommend({ budget: { ms: '5' } }), /budget: ms/);
    await assert.rejects(recall.recommend({ budget: { requests: NaN } }), TypeError);
  });

  test('a browser that saves data spends half', async () => {
    const { connection } = globalThis.navigator ?? {};
    if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    Object.defineProperty(globalThis.navigator, 'connection', { value: { saveData: true }, configurable: true });
    try {
      const { stats } = await (await visitor(folder)).recommend({ k: 20 });
      assert.ok(stats.requests <= 5, JSON.stringify(stats));
      const generous = await (await visitor(folder)).recommend({ k: 20, budget: { bytes: 250_000, requests: 10 } });
      assert.deepEqual(ids(generous), ids(clean), 'a call that names its budget means it');
    } finally {
      Object.defineProperty(globalThis.navigator, 'connection', { value: connection, configurable: true });
    }
  });

  test('in steps: what is at hand, then the answer', async () => {
    const host = await troubled(folder);
    const recall = await visitor(host.url);
    const steps = [];
    for await (const step of recall.recommendSteps({ k: 20 })) {
      steps.push(step);
      if (steps.length === 1) assert.deepEqual(host.asked, ['recall.json'], 'no request before the first step');
    }
    assert.equal(steps.length, 2);
    assert.ok(crowdOnly(steps[0]) && steps[0].length === 20);
    assert.deepEqual([steps[0].stats.requests, steps[0].stats.rounds, steps[0].stats.degraded], [1, 0, undefined]);
    assert.deepEqual(ids(steps[1]), ids(clean));
    assert.equal(steps[1].stats.requests, host.asked.length, 'the stats of a step tell what the call cost so far');
    // Now that the items are known, more cells may be worth their bytes; after that nothing is.
    const full = await recall.recommend({ k: 20 });
    const again = [];
    for await (const step of recall.recommendSteps({ k: 20 })) again.push(step);
    assert.equal(again.length, 1, 'nothing was lacking');
    assert.deepEqual(ids(again[0]), ids(full));
  });

  test('steps that nobody waits for cost nothing', async () => {
    const host = await troubled(folder);
    const recall = await visitor(host.url);
    for await (const step of recall.recommendSteps()) if (step) break;
    assert.deepEqual(host.asked, ['recall.json']);
    await assert.rejects(recall.recommendSteps({ k: 0 }).next(), TypeError);
  });

  test('privacy: head asks for nothing of the visitor\'s, decoy for something more', async () => {
    const head = await troubled(folder);
    const answer = await (await visitor(head.url, { privacy: 'head' })).recommend({ k: 20 });
    assert.equal(answer.length, 20);
    assert.ok(crowdOnly(answer));
    assert.deepEqual(head.asked, ['recall.json'], 'what is the same for everyone rides inside it');

    const plain = await troubled(folder);
    await (await visitor(plain.url)).recommend();
    const asked = await Promise.all([1, 1, 2, 3].map(async (device) => {
      const host = await troubled(folder);
      await (await visitor(host.url, { privacy: 'decoy', device })).recommend();
      return host.asked;
    }));
    assert.deepEqual(new Set(asked[0]), new Set(asked[1]), 'the same device, the same decoys');
    assert.ok(asked.some((paths) => paths.some((path) => !plain.asked.includes(path))), 'some file that the visit does not need');
  });

  test('prefetch: later calls need nothing', async () => {
    const recall = await visitor(folder);
    const stats = await recall.prefetch({ bytes: 1_000_000 });
    assert.ok(stats.requests > 1);
    // Now that the items are known, more cells may be worth their bytes.
    await recall.prefetch();
    assert.equal((await recall.recommend()).stats.requests, 0);
  });
});
