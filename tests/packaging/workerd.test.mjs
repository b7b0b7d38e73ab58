// The packed package in workerd, bundled as a deployment would be, reading shards through an asset binding.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { checkVisit } from './checks.mjs';
import { atEnd, channelsOf, manyCells, nativeAnswer, project, serve, shards } from './harness.mjs';

const run = promisify(execFile);
const tool = (name) => new URL(`../../node_modules/.bin/${name}`, import.meta.url).pathname;

const WORKER = `import { cookieStore, kvStore, load } from 'edge-recall';
import { visit } from './visit.mjs';

const ORIGIN = 'https://shop.example/recall/';
let kept;
const entries = new Map();
/** What \`caches.default\` does; a response itself may not outlive its request. */
const cache = {
  async match(url) {
    const entry = entries.get(url);
    return entry && new Response(entry.bytes, { headers: entry.headers });
  },
  async put(url, response) {
    entries.set(url, { bytes: await response.arrayBuffer(), headers: [...response.headers] });
  },
  delete: async (url) => entries.delete(url),
};
/** What a namespace of Workers KV does. */
const stored = new Map();
const namespace = {
  get: async (key) => stored.get(key)?.slice().buffer ?? null,
  put: async (key, bytes, { expirationTtl }) => void (expirationTtl === 7776000 && stored.set(key, bytes)),
  delete: async (key) => void stored.delete(key),
};

/** The items that the answer is explained by, and what went wrong. */
async function told(recall) {
  const list = await recall.recommend({ k: 30 });
  const seeds = [...new Set(list.flatMap(({ why }) => why.map(({ seed }) => seed)).filter(Boolean))].sort();
  return { seeds, problems: list.stats.problems.map(({ code }) => code) };
}

export default {
  async fetch(request, env, ctx) {
    const options = { fetch: (url, init) => env.ASSETS.fetch(url, init) };
    switch (new URL(request.url).pathname) {
      case '/visit':
        return Response.json(await visit(load, ORIGIN, options));
      case '/cells': {
        const recall = await load('https://shop.example/cells/', { ...options, cache, budget: { ms: Infinity } });
        recall.observe('view', ['c7-00', 'c7-03']);
        const list = await recall.recommend({ k: 20 });
        ctx.waitUntil(recall.flush());
        return Response.json({ ids: list.map(({ id }) => id), stats: list.stats });
      }
      case '/start':
        // This request ends while its downloads are still under way.
        kept ??= await load(ORIGIN, options);
        void kept.trending();
        return new Response('started');
      case '/kept':
        kept ??= await load(ORIGIN, options);
        return Response.json(await kept.similar('c4-02', { k: 8 }));
      case '/cookie': {
        const store = cookieStore(request, 'a secret of this worker');
        const recall = await load(ORIGIN, { ...options, store, consent: 'granted' });
        const { searchParams } = new URL(request.url);
        if (searchParams.has('view')) recall.observe('view', searchParams.get('view'));
        return Response.json(await told(recall), { headers: await recall.profile.headers() });
      }
      case '/kv': {
        const recall = await load(ORIGIN, { ...options, store: kvStore(namespace, 'visitor-7'), consent: 'granted' });
        const before = await told(recall);
        recall.observe('view', 'c2-01');
        ctx.waitUntil(recall.flush());
        return Response.json(before);
      }
      default:
        return Response.json(await load('/recall/', options).catch(({ code, message }) => ({ code, message })));
    }
  },
};
`;

const config = (assets, date) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "out/worker.js"),
        (name = "core_bg.wasm", wasm = embed "out/core_bg.wasm"),
      ],
      compatibilityDate = "${date}",
      bindings = [(name = "ASSETS", service = "assets")],
    )),
    (name = "assets", external = (address = "127.0.0.1:${assets}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

let app, folder, assets;

before(async () => {
  let cells;
  [app, folder, cells] = await Promise.all([project(), shards(), manyCells(1)]);
  assets = await serve({ '/recall/': folder, '/cells/': cells });
  await copyFile(new URL('visit.mjs', import.meta.url), join(app, 'visit.mjs'));
  await writeFile(join(app, 'worker.js'), WORKER);
  const conditions = ['--conditions=workerd,worker,browser', '--loader:.wasm=copy', '--asset-names=[name]'];
  await run(tool('esbuild'), ['worker.js', '--bundle', '--format=esm', ...conditions, '--outdir=out'], { cwd: app });
});

/** Starts workerd at a compatibility date; gives the address it listens on. */
async function start(date) {
  const name = `${date}.capnp`;
  await writeFile(join(app, name), config(assets.port, date));
  const stdio = ['ignore', 'inherit', 'inherit', 'pipe'];
  const workerd = spawn(tool('workerd'), ['serve', name, '--control-fd=3'], { cwd: app, stdio });
  atEnd(() => workerd.kill());
  const port = await new Promise((done, failed) => {
    workerd.on('exit', (code) => failed(new Error(`workerd ended with ${code}`)));
    // One line of JSON a socket, once it listens.
    workerd.stdio[3].on('data', (line) => done(JSON.parse(line).port));
  });
  return `http://127.0.0.1:${port}`;
}

const json = async (url) => {
  // A promise of another request may never settle in workerd.
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
};

test('a visit, equal to the native answer to the bit', async () => {
  const seen = await json(`${await start('2026-01-01')}/visit`);
  checkVisit(seen, await channelsOf(folder));
  assert.deepEqual(seen.plain.map(({ id, bits }) => ({ id, bits })), await nativeAnswer(folder));
});

test('an early compatibility date is enough', async () => {
  checkVisit(await json(`${await start('2023-08-01')}/visit`), await channelsOf(folder));
});

test('an instance kept between requests outlives a request that ended early', async () => {
  const worker = await start('2026-01-01');
  assert.equal(await (await fetch(`${worker}/start`)).text(), 'started');
  const answers = await Promise.all([1, 2, 3].map(() => json(`${worker}/kept`)));
  for (const answer of answers) assert.equal(answer.length, 8);
});

test('many cells, and a cache between requests: the second one asks for the manifest alone', async () => {
  const worker = await start('2026-01-01');
  const first = await json(`${worker}/cells`);
  assert.ok(first.stats.requests > 3 && first.stats.degraded === undefined, JSON.stringify(first.stats));
  const second = await json(`${worker}/cells`);
  assert.equal(second.stats.requests, 1);
  assert.deepEqual(second.ids, first.ids);
});

test('a cookie carries the profile from request to request; one that was changed is no profile', async () => {
  const worker = await start('2026-01-01');
  const ask = (path, cookie) => fetch(`${worker}${path}`, { headers: cookie ? { cookie } : {} });
  const first = await ask('/cookie?view=c7-00');
  const [header, ...more] = first.headers.getSetCookie();
  assert.deepEqual(more, []);
  assert.ok(header.length <= 4093);
  assert.match(header, /; Max-Age=7776000; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  const [cookie] = header.split(';');
  const second = await ask('/cookie', `theme=dark; ${cookie}`);
  assert.deepEqual(await second.json(), { seeds: ['c7-00'], problems: [] });
  assert.deepEqual(second.headers.getSetCookie(), [], 'nothing changed');
  const middle = cookie.length >> 1;
  const letter = cookie[middle] === 'A' ? 'B' : 'A';
  const third = await ask('/cookie', cookie.slice(0, middle) + letter + cookie.slice(middle + 1));
  assert.deepEqual(await third.json(), { seeds: [], problems: ['bad-profile'] });
});

test('a namespace keeps the profile between requests', async () => {
  const worker = await start('2026-01-01');
  assert.deepEqual(await json(`${worker}/kv`), { seeds: [], problems: [] });
  const deadline = Date.now() + 5_000;
  let seen = { seeds: [] };
  while (seen.seeds.length === 0 && Date.now() < deadline) seen = await json(`${worker}/kv`);
  assert.deepEqual(seen, { seeds: ['c2-01'], problems: [] });
});

test('a relative address says what is wrong', async () => {
  const { code, message } = await json(`${await start('2026-01-01')}/relative`);
  assert.equal(code, 'bad-url');
  assert.match(message, /absolute/);
});
