// The packed package against hosts that lie, cut, lose and change files: a clear error or a smaller answer, never a trap.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { clusterOf } from './fixture.mjs';
import { imported, serve, shards } from './harness.mjs';

const PAGE = '<!doctype html><title>Not found</title><p>This page does not exist.</p>';
const FLIP_EVERY = 97;

describe('hostile hosts', () => {
  let load, EdgeRecallError, folder, later, files, clean;

  before(async () => {
    [folder, later] = await Promise.all([shards(1), shards(2)]);
    ({ load, EdgeRecallError } = await imported());
    files = await contents(folder);
    clean = ids(await ask(files));
    assert.ok(Object.keys(files).length > 1, 'shards that are files, beside the manifest');
  });

  /** All files below a folder of shards, by path. */
  async function contents(root) {
    const names = ['recall.json', ...(await readdir(join(root, 'c'))).map((name) => `c/${name}`)];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(root, name))])));
  }

  /** A `fetch` over files in memory; an Error in place of a body is thrown, a missing one is a 404. */
  const hostOf = (bodies) => async (url) => {
    const body = bodies[new URL(url).pathname.slice(1)];
    if (body instanceof Error) throw body;
    return body === undefined ? new Response('gone', { status: 404 }) : new Response(body);
  };

  async function ask(bodies) {
    const recall = await load('https://shop.example/', { fetch: hostOf(bodies) });
    recall.observe('view', ['c7-00', 'c7-03']);
    return recall.recommend({ k: 20 });
  }

  const ids = (list) => list.map((result) => result.id);
  const shardNames = () => Object.keys(files).filter((name) => name.startsWith('c/'));
  const nameIn = (path) => path.slice(2, -3);

  /** Each shard in turn replaced by what `damage` makes of it; the answer must name it as missing. */
  async function eachShard(damage, code) {
    for (const name of shardNames()) {
      const answer = await ask({ ...files, [name]: damage(files[name]) });
      assert.equal(answer.stats.degraded, 'missing', name);
      assert.ok(answer.stats.missing.includes(nameIn(name)), name);
      const [problem] = answer.stats.problems;
      assert.deepEqual([problem.shard, problem.code], [nameIn(name), code]);
      assert.match(problem.message, new RegExp(`c/${nameIn(name)}\\.er`));
    }
  }

  test('a shard that is a web page', () => eachShard(() => PAGE, 'not-a-shard'));
  test('a shard that is not there', () => eachShard(() => undefined, 'not-found'));
  test('a shard that cannot be fetched', () => eachShard(() => new TypeError('network down'), 'unreachable'));
  test('a shard that is empty', () => eachShard(() => '', 'not-a-shard'));
  test('a shard that is cut', () => eachShard((body) => body.subarray(0, body.length - 1), 'damaged-shard'));
  test('a shard that is half', () => eachShard((body) => body.subarray(0, body.length >> 1), 'damaged-shard'));
  test('a shard with a tail', () => eachShard((body) => Buffer.concat([body, Buffer.from([0])]), 'damaged-shard'));

  test('a shard in place of another', async () => {
    const [one, two] = shardNames();
    const answer = await ask({ ...files, [one]: files[two], [two]: files[one] });
    assert.equal(answer.stats.degraded, 'missing');
  });

  test(`a shard with one byte flipped, every ${FLIP_EVERY}th`, async () => {
    for (const name of shardNames()) {
      for (let at = 0; at < files[name].length; at += FLIP_EVERY) {
        const flipped = Buffer.from(files[name]);
        flipped[at] ^= 0xff;
        const answer = await ask({ ...files, [name]: flipped });
        assert.equal(answer.stats.degraded, 'missing', `byte ${at} of ${name} was believed`);
      }
    }
  });

  test('no data at all: an answer, and it says so', async () => {
    const answer = await ask({ 'recall.json': files['recall.json'] });
    assert.ok(Array.isArray(answer));
    assert.equal(answer.stats.degraded, 'missing');
  });

  const manifests = {
    'missing': [undefined, 'manifest-missing'],
    'a web page': [PAGE, 'manifest-html'],
    'cut': ['{"format":[1,0],"bui', 'manifest-json'],
    'not an object': ['42', 'manifest-json'],
    'unreachable': [new TypeError('network down'), 'manifest-unreachable'],
    'of another major version': [JSON.stringify({ format: [99, 0], rings: true }), 'unsupported-version'],
    'empty of meaning': ['{"format":[1,0]}', 'bad-manifest'],
  };
  for (const [what, [body, code]] of Object.entries(manifests)) {
    test(`a manifest that is ${what}`, async () => {
      await assert.rejects(ask({ ...files, 'recall.json': body }), (error) => {
        assert.ok(error instanceof EdgeRecallError, String(error));
        assert.equal(error.code, code);
        assert.ok(error.message.length > 20, error.message);
        return true;
      });
    });
  }

  test('a manifest with any one field broken is refused or harmless', async () => {
    const manifest = JSON.parse(files['recall.json']);
    for (const field of Object.keys(manifest)) {
      for (const value of [null, -1, 1e300, 'x', [], {}]) {
        const body = JSON.stringify({ ...manifest, [field]: value });
        const outcome = await ask({ ...files, 'recall.json': body }).catch((error) => error);
        if (outcome instanceof Error) {
          assert.ok(outcome instanceof EdgeRecallError, `${field}: ${outcome}`);
          assert.notEqual(outcome.code, 'dead-instance', `${field} = ${JSON.stringify(value)}`);
        }
      }
    }
  });

  test('a shard that comes back is asked for again', async () => {
    const [name] = shardNames();
    const bodies = { ...files, [name]: new TypeError('network down') };
    const recall = await load('https://shop.example/', { fetch: hostOf(bodies) });
    recall.observe('view', ['c7-00', 'c7-03']);
    assert.equal((await recall.recommend()).stats.degraded, 'missing');
    bodies[name] = files[name];
    assert.equal((await recall.recommend()).stats.requests, 0, 'not at once');
    const clock = Date.now;
    Date.now = () => clock() + 60_000;
    try {
      const answer = await recall.recommend({ k: 20 });
      assert.equal(answer.stats.degraded, undefined);
      assert.deepEqual(ids(answer), clean);
    } finally {
      Date.now = clock;
    }
  });

  test('a new build under an open page: found, taken over, the visitor stays', async () => {
    const mounts = { '/': folder };
    const server = await serve(mounts);
    const recall = await load(server.url);
    recall.observe('view', ['c7-00', 'c7-03']);
    mounts['/'] = later;
    const [answer, similar] = await Promise.all([recall.recommend(), recall.similar('c4-02', { k: 8 })]);
    assert.equal(answer.stats.degraded, undefined);
    assert.ok(answer.slice(0, 5).every((result) => clusterOf(result.id) === 7), ids(answer).join(' '));
    assert.ok(answer.some(({ why }) => why.some((reason) => reason.seed === 'c7-00')));
    assert.equal(similar.length, 8);
    assert.equal(server.counts['/recall.json'], 2);
    const fresh = await load(server.url);
    fresh.observe('view', ['c7-00', 'c7-03']);
    assert.deepEqual(ids(await fresh.recommend()), ids(answer));
  });

  test('an unchanged build with a file gone: the manifest is fetched again once, not at every call', async () => {
    const asked = [];
    const bodies = { ...files, [shardNames()[0]]: undefined };
    const fetch = (url) => (asked.push(new URL(url).pathname), hostOf(bodies)(url));
    const recall = await load('https://shop.example/', { fetch });
    for (let call = 0; call < 3; call++) await recall.recommend();
    assert.equal(asked.filter((path) => path === '/recall.json').length, 2);
    assert.equal(asked.length, 2 + shardNames().length);
  });

  test('an aborted call rejects, its files still arrive for others', async () => {
    const stop = new AbortController();
    const recall = await load('https://shop.example/', { fetch: hostOf(files) });
    const aborted = recall.recommend({ signal: stop.signal });
    const kept = recall.trending();
    stop.abort();
    await assert.rejects(aborted, { name: 'AbortError' });
    assert.equal((await kept).stats.degraded, undefined);
    await assert.rejects(load('https://shop.example/', { signal: stop.signal }), { name: 'AbortError' });
  });
});
