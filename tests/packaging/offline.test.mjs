// Files kept on the device, through the packed package: visits without a network, the room they may take, consent.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { imported, manyCells, shards } from './harness.mjs';
import { memoryCache, troubled } from './trouble.mjs';

describe('the cache', () => {
  let load, folder, later;

  before(async () => {
    ({ load } = await imported());
    [folder, later] = await Promise.all([manyCells(1), shards(2)]);
  });

  const ids = (list) => list.map((result) => result.id);
  const kept = (cache) => [...cache.kept.keys()];
  const shardsIn = (cache) => kept(cache).filter((url) => url.includes('/c/'));

  /** One visit; everything that is to be kept is kept when it ends. */
  async function visit(host, cache, options) {
    const recall = await load(host.url, { budget: { ms: Infinity }, cache, ...options });
    recall.observe('view', ['c7-00', 'c7-03']);
    const answer = await recall.recommend({ k: 20 });
    await recall.flush();
    return { recall, answer, stats: answer.stats };
  }

  for (const keys of [true, false]) {
    test(`a second visit asks for the manifest alone (${keys ? 'a page\'s' : 'a worker\'s'} cache)`, async () => {
      const [host, cache] = [await troubled(folder), memoryCache({ keys })];
      const first = await visit(host, cache);
      assert.equal(first.stats.requests, host.asked.length);
      assert.equal(kept(cache).length, host.asked.length, 'the manifest and every shard');
      const second = await visit(host, cache);
      assert.deepEqual(ids(second.answer), ids(first.answer));
      assert.equal(second.stats.requests, 1);
      assert.equal(second.stats.degraded, undefined);
      assert.ok(second.stats.cached >= shardsIn(cache).length, JSON.stringify(second.stats));
    });
  }

  for (const [trouble, degraded] of [['refused', 'offline'], ['cut', 'offline'], ['html', 'stale'], ['gone', 'stale'], ['broken', 'stale']]) {
    test(`nothing but trouble (${trouble}): the cached build answers, ${degraded}`, async () => {
      const [host, cache] = [await troubled(folder), memoryCache()];
      const first = await visit(host, cache);
      host.trouble = () => trouble;
      const second = await visit(host, cache);
      assert.equal(second.stats.degraded, degraded);
      assert.deepEqual(ids(second.answer), ids(first.answer));
      assert.deepEqual(second.stats.missing, []);
    });
  }

  test('a network that never answers: the cached build, in time', async () => {
    const [host, cache] = [await troubled(folder), memoryCache()];
    const first = await visit(host, cache);
    host.trouble = () => 'hangs';
    const started = performance.now();
    const second = await visit(host, cache, { budget: { ms: 150 } });
    assert.ok(performance.now() - started < 1000);
    assert.equal(second.stats.degraded, 'offline');
    assert.deepEqual(ids(second.answer), ids(first.answer));
  });

  test('back on the network: the next call but one has the present build', async () => {
    const [host, cache] = [await troubled(folder), memoryCache()];
    await visit(host, cache);
    host.trouble = () => 'refused';
    const { recall } = await visit(host, cache);
    host.trouble = () => undefined;
    host.folder = later;
    const clock = Date.now;
    Date.now = () => clock() + 60_000;
    try {
      await recall.trending();
      await new Promise((done) => setTimeout(done, 100));
      const answer = await recall.recommend({ k: 20 });
      assert.equal(answer.stats.degraded, undefined);
      const fresh = await load(later, { budget: { ms: Infinity } });
      fresh.observe('view', ['c7-00', 'c7-03']);
      assert.deepEqual(ids(answer), ids(await fresh.recommend({ k: 20 })));
    } finally {
      Date.now = clock;
    }
  });

  test('a damaged entry is fetched anew, a damaged file is not kept', async () => {
    const [host, cache] = [await troubled(folder), memoryCache()];
    const { answer } = await visit(host, cache);
    const [url] = shardsIn(cache);
    await cache.put(url, new Response('<html>'));
    const second = await visit(host, cache);
    assert.deepEqual([second.stats.requests, second.stats.degraded], [2, undefined]);
    assert.deepEqual(ids(second.answer), ids(answer));
    const whole = await readFile(join(folder, new URL(url).pathname.replace('/any/depth/', '')));
    assert.deepEqual(Buffer.from(await (await cache.match(url)).arrayBuffer()), whole, 'mended');

    const other = memoryCache();
    host.trouble = (path) => path.startsWith('c/') && 'html';
    await visit(host, other);
    assert.deepEqual(shardsIn(other), []);
  });

  test('at most 2 MB: shards of other builds go first, then the oldest', async () => {
    const [host, cache] = [await troubled(folder), memoryCache()];
    const { build } = JSON.parse(await readFile(join(folder, 'recall.json'), 'utf8'));
    const put = (name, build) => {
      const headers = { 'content-length': '600000', 'x-build': String(build) };
      return cache.put(`${host.url}/c/${name}.er`, new Response('x', { headers }));
    };
    await put('present1', build);
    await put('present2', build);
    await put('former1', 'another');
    await put('former2', 'another');
    await cache.put('https://elsewhere.example/c/other.er', new Response('x'));
    await visit(host, cache);
    const left = kept(cache).map((url) => url.split('/').pop());
    assert.deepEqual(['present1.er', 'present2.er', 'former1.er', 'former2.er', 'other.er'].map((name) => left.includes(name)), [true, true, false, true, true]);
    await put('present3', build);
    await put('present4', build);
    await cache.delete(shardsIn(cache).find((url) => url.length > `${host.url}/c/present1.er`.length && !url.includes('elsewhere')));
    await visit(host, cache);
    const last = kept(cache).map((url) => url.split('/').pop());
    assert.deepEqual(['present1.er', 'former2.er', 'present3.er', 'present4.er'].map((name) => last.includes(name)), [false, false, true, true]);
    assert.ok(last.includes('recall.json'));
  });

  test('without consent nothing is kept, and what was is gone', async () => {
    const [host, cache] = [await troubled(folder), memoryCache()];
    const { recall } = await visit(host, cache);
    await cache.put('https://elsewhere.example/page', new Response('x'));
    await recall.setConsent('denied');
    assert.deepEqual(kept(cache), ['https://elsewhere.example/page']);
    await visit(host, cache, { consent: 'denied' });
    assert.deepEqual(kept(cache), ['https://elsewhere.example/page']);
    await visit(host, cache);
    await load(host.url, { cache, consent: 'denied' }).then((denied) => denied.flush());
    assert.deepEqual(kept(cache), ['https://elsewhere.example/page']);
  });

  test('a cache that fails is none', async () => {
    const host = await troubled(folder);
    const fail = async () => {
      throw new DOMException('blocked', 'SecurityError');
    };
    const { stats } = await visit(host, { match: fail, put: fail, delete: fail, keys: fail });
    assert.deepEqual([stats.degraded, stats.problems], [undefined, []]);
    const none = await visit(host, null);
    assert.equal(none.stats.degraded, undefined);
  });
});
