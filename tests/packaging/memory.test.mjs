// What the profile remembers and what the site says, through the packed package: pages shown, and rules beside the manifest.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { imported, serve, shards } from './harness.mjs';

describe('memory and the overlay', () => {
  let load, memoryStore, folder, server;

  before(async () => {
    ({ load, memoryStore } = await imported());
    folder = await shards(1);
    server = await serve({ '/recall/': folder });
    const path = join(folder, 'recall.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), rules: 'rules.json' }));
  });

  const open = (options) => load(`${server.url}/recall/`, { budget: { ms: Infinity }, ...options });
  const ids = (list) => list.map(({ id }) => id);
  const site = (rules) => writeFile(join(folder, 'rules.json'), typeof rules === 'string' ? rules : JSON.stringify(rules));
  const codes = (list) => list.stats.problems.map(({ code }) => code);

  test('pages turn while nothing is acted on, in the next session too', async () => {
    const store = memoryStore();
    const recall = await open({ store, consent: 'granted' });
    const ask = (of) => of.trending({ k: 4, templates: 3 });
    const first = await ask(recall);
    assert.deepEqual(ids(await ask(recall)), ids(first), 'not shown, not turned');
    first.shown();
    const second = await ask(recall);
    assert.ok(ids(second).every((id) => !ids(first).includes(id)), `${ids(first)} | ${ids(second)}`);
    second.shown();
    await recall.flush();
    const later = await open({ store, consent: 'granted' });
    const third = await ask(later);
    assert.ok(ids(third).every((id) => ![...ids(first), ...ids(second)].includes(id)));
    third.shown();
    assert.deepEqual(ids(await ask(later)), ids(first), 'and round again');
    later.observe('shown', ids(first));
    assert.deepEqual(ids(await ask(later)), ids(second));
    later.observe('view', third[0].id);
    assert.deepEqual(ids(await ask(later)), ids(first));
  });

  test('what was shown gives way, a click brings it back, and denied notes nothing', async () => {
    const recall = await open();
    const ask = () => recall.trending({ k: 5, rotation: 1 });
    const [before, top] = [ids(await ask()), (await ask())[0].id];
    for (let time = 0; time < 8; time++) recall.observe('shown', top);
    assert.ok(!ids(await ask()).includes(top));
    assert.deepEqual(ids(await recall.trending({ k: 5 })), before, 'only where it is asked for');
    recall.observe('click', top);
    assert.deepEqual(ids(await ask()), before);
    await recall.setConsent('denied');
    (await ask()).shown();
    assert.deepEqual(ids(await ask()), before);
    assert.throws(() => recall.observe('seen', top), TypeError);
  });

  test('slots tell of themselves and of the page', async () => {
    const recall = await open();
    const page = await recall.trending({ slots: [{ k: 2 }, { k: 3 }], templates: 2 });
    page.shown();
    const next = await recall.trending({ slots: [{ k: 2 }, { k: 3 }], templates: 2 });
    assert.ok(ids(next.slots[0]).every((id) => !ids(page.slots[0]).includes(id)));
    assert.deepEqual(next.slots.map((slot) => typeof slot.shown), ['function', 'function']);
  });

  test('rules of the site lie below those of the question; without a file there are none', async () => {
    const plain = await open();
    const all = ids(await plain.trending({ k: 8 }));
    assert.equal(server.counts['/recall/rules.json'], 5, 'asked for with each manifest, once');
    await site({ exclude: [all[0]], pin: { 1: all[5] }, popularity: 0 });
    const recall = await open();
    const list = await recall.trending({ k: 4, pin: { 1: all[6], 2: all[7] } });
    assert.deepEqual(ids(list), [all[1], all[5], all[7], all[2]], 'the site owns its places');
    assert.deepEqual(codes(list), []);
    const { place, held } = await recall.explain(all[0]);
    assert.deepEqual({ place, held }, { place: undefined, held: 'excluded' });
    assert.equal(list.stats.requests, (await open().then((fresh) => fresh.trending({ k: 4 }))).stats.requests);
    await rm(join(folder, 'rules.json'));
  });

  test('rules that are wrong are left out, and the next answer says so, once', async () => {
    const all = ids(await (await open()).trending({ k: 3 }));
    for (const wrong of ['{ "exclude": ', { popularity: 7 }, '<html>']) {
      await site(wrong);
      const recall = await open();
      const list = await recall.trending({ k: 3 });
      assert.deepEqual([ids(list), codes(list)], [all, ['rules']], JSON.stringify(wrong));
      assert.match(list.stats.problems[0].message, /rules/);
      assert.deepEqual(codes(await recall.trending({ k: 3 })), []);
    }
    await rm(join(folder, 'rules.json'));
  });
});
