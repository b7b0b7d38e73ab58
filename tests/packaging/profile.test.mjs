// The profile's life on the device, through the packed package: consent, stores that fail, the order of what is saved.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { imported, shards } from './harness.mjs';
import { watchedStore } from './trouble.mjs';

describe('the profile', () => {
  let load, memoryStore, indexedDbStore, folder;

  before(async () => {
    ({ load, memoryStore, indexedDbStore } = await imported());
    folder = await shards(1);
  });

  const open = (store, options) => load(folder, { budget: { ms: Infinity }, store, ...options });
  /** The items that the answer is explained by. */
  const seeds = async (recall) => {
    const list = await recall.recommend({ k: 30 });
    return [...new Set(list.flatMap(({ why }) => why.map(({ seed }) => seed)).filter(Boolean))].sort();
  };
  const problems = async (recall) => (await recall.trending()).stats.problems.map(({ code }) => code);

  test('session, the default: the store is not touched', async () => {
    const store = watchedStore();
    const recall = await open(store);
    recall.observe('view', 'c7-00');
    await recall.flush();
    assert.deepEqual(store.log, []);
    assert.deepEqual(await seeds(recall), ['c7-00']);
  });

  test('granted: the next visit goes on', async () => {
    const store = memoryStore();
    const first = await open(store, { consent: 'granted' });
    first.observe('view', ['c7-00', 'c7-03']);
    await first.flush();
    const second = await open(store, { consent: 'granted' });
    assert.deepEqual(second.profile.export(), first.profile.export());
    assert.deepEqual(await seeds(second), ['c7-00', 'c7-03']);
    // What the answer taught is kept, too: the next visit need not fetch it.
    await second.flush();
    const third = await open(store, { consent: 'granted' });
    assert.deepEqual(third.profile.export(), second.profile.export());
    assert.ok(third.profile.export().length > first.profile.export().length, 'item cards');
  });

  test('granted later: this session joins what was stored', async () => {
    const store = watchedStore();
    const first = await open(store, { consent: 'granted' });
    first.observe('view', 'c7-00');
    await first.flush();
    const second = await open(store);
    second.observe('view', 'c2-01');
    assert.deepEqual(await seeds(second), ['c2-01']);
    await second.setConsent('granted');
    assert.deepEqual(await seeds(second), ['c2-01', 'c7-00']);
    const third = await open(store, { consent: 'granted' });
    assert.deepEqual(await seeds(third), ['c2-01', 'c7-00'], 'saved at once');
  });

  test('what was forgotten before the grant is not brought back by it', async () => {
    const store = watchedStore();
    const first = await open(store, { consent: 'granted' });
    first.observe('view', ['c7-00', 'c7-03']);
    await first.flush();
    const second = await open(store);
    second.profile.forget('c7-00');
    await second.setConsent('granted');
    assert.deepEqual(await seeds(second), ['c7-03']);
  });

  test('denied: nothing is noted, the store is emptied, similar and the crowd still answer', async () => {
    const store = watchedStore();
    const first = await open(store, { consent: 'granted' });
    first.observe('view', 'c7-00');
    await first.flush();
    await first.setConsent('denied');
    assert.equal(store.kept, undefined);
    first.observe('view', 'c7-00');
    assert.deepEqual(await seeds(first), []);
    assert.ok((await first.recommend({ k: 20 })).length === 20 && (await first.similar('c7-00')).length > 0);
    await first.setConsent('session');
    first.observe('view', 'c2-01');
    assert.deepEqual(await seeds(first), ['c2-01'], 'begun anew');
    assert.equal(store.kept, undefined);

    store.kept = new Uint8Array(9);
    await open(store, { consent: 'denied' });
    assert.equal(store.kept, undefined, 'load erases, too');
  });

  test('a step back to session erases the store and keeps the session', async () => {
    const store = watchedStore();
    const recall = await open(store, { consent: 'granted' });
    recall.observe('view', 'c7-00');
    await recall.flush();
    await recall.setConsent('session');
    recall.observe('view', 'c2-01');
    await recall.flush();
    assert.equal(store.kept, undefined);
    assert.deepEqual(await seeds(recall), ['c2-01', 'c7-00']);
    await assert.rejects(recall.setConsent('yes'), TypeError);
  });

  test('clear empties the store', async () => {
    const store = watchedStore();
    const recall = await open(store, { consent: 'granted' });
    recall.observe('view', 'c7-00');
    await recall.flush();
    recall.profile.clear();
    await recall.flush();
    assert.equal(store.kept, undefined);
    await sleep(300);
    assert.equal(store.kept, undefined, 'nothing is saved afterwards');
  });

  test('saves are few, in order, and the last one is never lost', async () => {
    const store = watchedStore();
    const recall = await open(store, { consent: 'granted' });
    store.log.length = 0;
    for (let number = 0; number < 20; number++) recall.observe('view', `c7-0${number % 10}`);
    assert.deepEqual(store.log, [], 'not at every event');
    await sleep(400);
    assert.deepEqual(store.log, ['save']);
    store.pause = 50;
    recall.observe('view', 'c1-00');
    const saving = recall.flush();
    await sleep(10);
    recall.observe('view', 'c1-01');
    await Promise.all([saving, recall.flush()]);
    assert.deepEqual(store.log, ['save', 'save', 'save']);
    assert.deepEqual(store.kept.subarray(4), recall.profile.export());
  });

  test('a store that fails: the profile lives in memory, the call says so', async () => {
    const store = watchedStore();
    store.failing = true;
    const recall = await open(store, { consent: 'granted' });
    assert.deepEqual(await problems(recall), ['store']);
    assert.deepEqual(await problems(recall), [], 'once');
    recall.observe('view', 'c7-00');
    await recall.flush();
    assert.deepEqual(await seeds(recall), ['c7-00']);
    assert.deepEqual(store.log, ['load'], 'what could not be read is not overwritten');
  });

  test('a store that is full for a while', async () => {
    const store = watchedStore();
    const recall = await open(store, { consent: 'granted' });
    recall.observe('view', 'c7-00');
    store.failing = true;
    await recall.flush();
    assert.deepEqual(await problems(recall), ['store']);
    store.failing = false;
    await recall.flush();
    assert.deepEqual(store.kept.subarray(4), recall.profile.export());
  });

  test('a store that does not answer holds nothing up, and joins in when it does', async () => {
    const store = watchedStore();
    const first = await open(store, { consent: 'granted' });
    first.observe('view', 'c7-00');
    await first.flush();
    store.pause = 300;
    const started = performance.now();
    const recall = await load(folder, { store, consent: 'granted', budget: { ms: 50 } });
    assert.ok(performance.now() - started < 250);
    recall.observe('view', 'c2-01');
    await sleep(400);
    assert.deepEqual(await seeds(recall), ['c2-01', 'c7-00']);
    await recall.flush();
    assert.deepEqual(store.kept.subarray(4), recall.profile.export());
  });

  for (const [what, bytes] of [['cut', 20], ['of another kind', 'x'], ['empty', 0]]) {
    test(`a stored profile that is ${what} is dropped, and the call says so`, async () => {
      const store = watchedStore();
      const first = await open(store, { consent: 'granted' });
      first.observe('view', ['c7-00', 'c7-03']);
      await first.flush();
      store.kept = bytes === 'x' ? 'a text' : store.kept.slice(0, bytes);
      const recall = await open(store, { consent: 'granted' });
      assert.deepEqual(await problems(recall), ['bad-profile']);
      assert.deepEqual(await seeds(recall), []);
      const next = await open(store, { consent: 'granted' });
      assert.deepEqual(await problems(next), [], 'not for ever');
    });
  }

  test('without IndexedDB its store is a store that fails', async () => {
    assert.equal(globalThis.indexedDB, undefined);
    const recall = await open(indexedDbStore(), { consent: 'granted' });
    recall.observe('view', 'c7-00');
    assert.deepEqual(await problems(recall), ['store']);
    assert.deepEqual(await seeds(recall), ['c7-00']);
    const usual = await load(folder, { consent: 'granted' });
    assert.deepEqual(await problems(usual), [], 'the default is memory');
  });

  test('the seed of decoys is drawn once, kept beside the profile, and only where it is needed', async () => {
    const store = watchedStore();
    const seed = () => new DataView(store.kept.buffer, store.kept.byteOffset).getUint32(0, true);
    const visit = async (privacy) => {
      const recall = await open(store, { consent: 'granted', privacy });
      recall.observe('view', 'c7-00');
      await recall.recommend();
      await recall.flush();
      return seed();
    };
    assert.equal(await visit('default'), 0);
    const drawn = await visit('decoy');
    assert.notEqual(drawn, 0);
    assert.equal(await visit('decoy'), drawn);
    assert.equal(await visit('default'), drawn);
  });

  test('a card that cannot be used is reported, the event counts', async () => {
    const recall = await open();
    recall.observe('view', 'c7-00', { card: '!!!' });
    recall.observe('view', 'c7-03', { card: btoa('no card at all') });
    const { stats } = await recall.recommend();
    assert.equal(stats.problems.length, 2, JSON.stringify(stats));
    for (const { code, message } of stats.problems) assert.match(`${code} ${message}`, /^(bad|stale)-card the card of c7-0[03] /);
    assert.deepEqual(await seeds(recall), ['c7-00', 'c7-03']);
    assert.throws(() => recall.observe('view', 'c7-00', { card: 7 }), TypeError);
    assert.throws(() => recall.observe('view', ['c7-00', 'c7-03'], { card: 'AAAA' }), TypeError);
  });
});
