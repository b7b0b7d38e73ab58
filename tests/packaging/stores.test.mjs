// The adapters that keep a profile's bytes, through the packed package: what they keep, what they refuse, who exports them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { project, setting, shards } from './harness.mjs';

const SECRET = 'a secret of this server';

describe('stores', () => {
  let app, folder, edge;

  before(async () => {
    [app, folder] = await Promise.all([project(), shards(1)]);
    edge = await import(pathToFileURL(dist('node.js')).href);
  });

  const dist = (file) => join(app, 'node_modules/edge-recall/dist', file);
  const granted = (store) => edge.load(folder, { budget: { ms: Infinity }, store, consent: 'granted' });
  /** A request as Node's `http` gives it. */
  const request = (cookie) => ({ headers: cookie === undefined ? {} : { cookie } });
  const open = (cookie, options) => granted(edge.cookieStore(request(cookie), SECRET, options));
  const told = async (recall) => {
    const list = await recall.recommend({ k: 30 });
    const seeds = new Set(list.flatMap(({ why }) => why.map(({ seed }) => seed)).filter(Boolean));
    return { seeds: [...seeds].sort(), problems: list.stats.problems.map(({ code }) => code) };
  };
  const setCookie = async (recall) => {
    const headers = await recall.profile.headers();
    for (const [name] of headers) assert.equal(name, 'Set-Cookie');
    return headers.map(([, value]) => value);
  };
  const cookieOf = async (recall) => (await setCookie(recall))[0].split(';')[0];
  const blobOf = (cookie) => Buffer.from(cookie.split('.')[1], 'base64url');

  test('cookie: the next request goes on, and sets none unless something changed', async () => {
    const first = await open();
    assert.deepEqual(await setCookie(first), [], 'nothing to keep');
    first.setContext({ age: '25-34' });
    first.observe('view', ['c7-00', 'c7-03']);
    first.observe('hide', 'c7-04');
    const [header] = await setCookie(first);
    assert.match(header, /^edge-recall=v1\.[\w-]+\.[\w-]{43}; Max-Age=7776000; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    const second = await open(`a=b; ${header.split(';')[0]}; edge-recallx=1`);
    assert.deepEqual(second.profile.export(), first.profile.export(), 'before cards are kept');
    assert.deepEqual(await told(second), { seeds: ['c7-00', 'c7-03'], problems: [] });
    assert.deepEqual(await setCookie(second), [], 'cards stay out of it');
    const { place, held } = await second.explain('c7-04');
    assert.deepEqual({ place, held }, { place: undefined, held: 'excluded' });
    second.profile.clear();
    assert.match((await setCookie(second))[0], /^edge-recall=; Max-Age=0; /);
  });

  test('cookie: the newest 24 events, within 4,093 bytes whatever they are', async () => {
    const few = await open();
    few.observe('view', Array.from({ length: 10 }, (_, n) => `c1-0${n}`));
    few.observe('view', Array.from({ length: 10 }, (_, n) => `c2-0${n}`));
    few.observe('view', Array.from({ length: 10 }, (_, n) => `c3-0${n}`));
    const kept = blobOf(await cookieOf(few)).toString('latin1').match(/c\d-\d\d/g);
    assert.equal(kept.length, 24);
    assert.deepEqual([kept[0], kept[23]], ['c1-06', 'c3-09'], 'the oldest six are gone');

    const long = (n) => `${n}-`.padEnd(500, 'é');
    const many = await open(undefined, { name: 'n', domain: 'shop.example', path: '/shop', sameSite: 'None' });
    many.observe('view', Array.from({ length: 24 }, (_, n) => long(n).slice(0, 250)));
    many.observe('hide', Array.from({ length: 24 }, (_, n) => long(n).slice(0, 200)));
    many.setContext(Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`name-${n}`.padEnd(60, 'x'), 'v'.repeat(60)])));
    const [header] = await setCookie(many);
    assert.ok(header.length <= 4093 && header.length > 3000, `${header.length}`);
    assert.match(header, /^n=v1\..*; Domain=shop\.example; Secure; HttpOnly; SameSite=None$/);
    assert.ok(blobOf(header).includes('23-'), 'the newest are kept');
    const next = await open(header.split(';')[0], { name: 'n' });
    assert.deepEqual((await told(next)).problems, []);
  });

  test('cookie: no bit of it may be changed, and no other secret or name signs it', async () => {
    const first = await open();
    first.observe('view', 'c7-00');
    const cookie = await cookieOf(first);
    const refused = async (changed, secret = SECRET, options) => {
      const load = edge.cookieStore(request(changed), secret, options).load();
      await assert.rejects(load, (error) => error.code === 'bad-profile', changed);
    };
    const [body, mac] = [blobOf(cookie), Buffer.from(cookie.split('.')[2], 'base64url')];
    const join = (body, mac) => `edge-recall=v1.${body.toString('base64url')}.${mac.toString('base64url')}`;
    assert.equal(join(body, mac), cookie);
    for (let bit = 0; bit < body.length * 8; bit++) {
      const other = Buffer.from(body);
      other[bit >> 3] ^= 1 << (bit & 7);
      await refused(join(other, mac));
    }
    for (let bit = 0; bit < mac.length * 8; bit++) {
      const other = Buffer.from(mac);
      other[bit >> 3] ^= 1 << (bit & 7);
      await refused(join(body, other));
    }
    await refused(cookie, 'the secret of another server');
    await refused(cookie.replace('edge-recall=', 'other='), SECRET, { name: 'other' });
    for (const broken of [cookie.slice(0, -9), cookie.replace('v1', 'v2'), 'edge-recall=', 'edge-recall=v1.%%.%%', `${cookie.slice(0, cookie.lastIndexOf('.'))}.`]) {
      await refused(broken);
    }
    const recall = await open(cookie, { name: 'edge-recall' });
    assert.deepEqual((await told(recall)).seeds, ['c7-00']);
    const denied = await open(`${cookie}A`);
    assert.deepEqual(await told(denied), { seeds: [], problems: ['bad-profile'] });
    assert.match((await setCookie(denied))[0], /^edge-recall=v1\./, 'a sound one takes its place');
  });

  test('cookie: what cannot be one is refused at once', () => {
    for (const options of [{ name: 'a b' }, { name: '' }, { path: '/;x' }, { domain: 'a\nb' }, { path: '/'.repeat(5000) }]) {
      assert.throws(() => edge.cookieStore(request(), SECRET, options), TypeError, JSON.stringify(options));
    }
    assert.throws(() => edge.cookieStore(request(), 'short'), TypeError);
    assert.throws(() => edge.kvStore({}, ''), TypeError);
  });

  test('key-value: bytes as they are, for 90 days', async () => {
    const puts = [];
    const entries = new Map();
    const namespace = {
      get: async (key, type) => (type === 'arrayBuffer' ? (entries.get(key)?.slice().buffer ?? null) : undefined),
      put: async (key, bytes, options) => void (puts.push([key, options]), entries.set(key, bytes)),
      delete: async (key) => void entries.delete(key),
    };
    const first = await granted(edge.kvStore(namespace, 'visitor-7'));
    first.observe('view', 'c7-00');
    await first.flush();
    assert.deepEqual(puts, [['visitor-7', { expirationTtl: 90 * 86400 }]]);
    assert.deepEqual(await first.profile.headers(), []);
    const second = await granted(edge.kvStore(namespace, 'visitor-7'));
    assert.deepEqual(await told(second), { seeds: ['c7-00'], problems: [] });
    assert.deepEqual((await told(await granted(edge.kvStore(namespace, 'visitor-8')))).seeds, []);
    second.profile.clear();
    await second.flush();
    assert.equal(entries.has('visitor-7'), false);
  });

  test('localStorage: kept as text; what is no profile is dropped', async () => {
    const entries = new Map();
    globalThis.localStorage = {
      getItem: (key) => entries.get(key) ?? null,
      setItem: (key, text) => void entries.set(key, String(text)),
      removeItem: (key) => void entries.delete(key),
    };
    const first = await granted(edge.localStorageStore());
    first.observe('view', 'c7-00');
    await first.flush();
    assert.match(entries.get('edge-recall'), /^[\w+/]+=*$/);
    assert.deepEqual(await told(await granted(edge.localStorageStore())), { seeds: ['c7-00'], problems: [] });
    entries.set('mine', '%%');
    assert.deepEqual(await told(await granted(edge.localStorageStore('mine'))), { seeds: [], problems: ['bad-profile'] });
    first.profile.clear();
    await first.flush();
    assert.equal(entries.has('edge-recall'), false);
  });

  test('what servers alone use is in no file for browsers', async () => {
    const recall = join(setting('EDGE_RECALL_DIST'), 'recall/recall.js');
    for (const file of [dist('web.js'), recall]) {
      const text = await readFile(file, 'utf8');
      assert.ok(text.includes('localStorage'), file);
      for (const word of ['cookieStore', 'kvStore', 'HMAC', 'expirationTtl']) assert.ok(!text.includes(word), `${word} in ${file}`);
    }
    for (const file of ['node.js', 'workerd.js', 'slim.js']) {
      const exports = (await readFile(dist(file), 'utf8')).match(/export \{([^}]*)\};\s*$/)[1];
      for (const word of ['cookieStore', 'kvStore', 'localStorageStore']) assert.ok(exports.includes(word), `${word} in ${file}`);
    }
  });
});
