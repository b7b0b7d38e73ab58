// `edge-recall/search` for pages without a bundler, `search.js` and `search.wasm` of dist/recall, in headless Chromium under a
// strict content policy: in a page and in a worker, what it finds is what Node finds. CHROME is the browser.
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { atEnd, project, scratch, serve, setting } from './harness.mjs';
import { indexOf, npy, someRows } from './index-files.mjs';
import { FILES, ask } from './search-visit.mjs';

const POLICY = {
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'",
  'x-content-type-options': 'nosniff',
};
const ASKING = "import { open } from './recall/search.js';\nimport { ask } from './search-visit.mjs';\nconst seen = () => ask(open, (name) => `./data/${name}.er`);\n";
const SCRIPTS = {
  'relaxed.js': `${ASKING}const relaxed = (at) => open(at, { wasm: './recall/search_relaxed.wasm' });
ask(relaxed, (name) => './data/' + name + '.er').then((seen) => { globalThis.outcome = seen; }, (error) => { globalThis.outcome = String(error.stack); });`,
  'page.js': `${ASKING}seen().then((seen) => { globalThis.outcome = seen; }, (error) => { globalThis.outcome = String(error.stack); });`,
  'worker.js': `${ASKING}seen().then(postMessage, (error) => postMessage(String(error.stack)));`,
  'starts-worker.js': `new Worker('./worker.js', { type: 'module' }).onmessage = ({ data }) => { globalThis.outcome = data; };`,
};
let site, browser, inNode;

before(async () => {
  let app;
  [app, site] = await Promise.all([project(), scratch()]);
  const data = join(site, 'data');
  await Promise.all([mkdir(data), cp(join(setting('EDGE_RECALL_DIST'), 'recall'), join(site, 'recall'), { recursive: true })]);
  await copyFile(new URL('search-visit.mjs', import.meta.url), join(site, 'search-visit.mjs'));
  // Every browser asks for one, and its absence would stand in the console.
  await writeFile(join(site, 'favicon.ico'), '');
  for (const [name, script] of Object.entries(SCRIPTS)) {
    await writeFile(join(site, name), script);
    await writeFile(join(site, name.replace('.js', '.html')), `<!doctype html><script type="module" src="${name}"></script>`);
  }
  // So many that rows are dismissed by bounds, which each kind of wasm has its own way to.
  await npy(join(data, 'cells.npy'), someRows(4500, 24, 5));
  await indexOf(join(data, 'cells.npy'), join(data, 'cells.er'), '--rescore', 'f16');
  await npy(join(data, 'linked.npy'), someRows(1500, 33, 6));
  await indexOf(join(data, 'linked.npy'), join(data, 'linked.er'), '--kind', 'hnsw', '--code', 'f16', '--metric', 'cosine');
  await npy(join(data, 'named.npy'), someRows(60, 8, 7));
  await writeFile(join(data, 'names.txt'), Array.from({ length: 60 }, (_, row) => `row ${row}\n`).join(''));
  await indexOf(join(data, 'named.npy'), join(data, 'named.er'), '--code', 'int4', '--keys', join(data, 'names.txt'));

  await writeFile(join(app, 'proxy.mjs'), "export * from 'edge-recall/search';");
  const { open } = await import(pathToFileURL(join(app, 'proxy.mjs')).href);
  inNode = await ask(open, (name) => join(data, `${name}.er`));
  browser = await chromium.launch({ executablePath: setting('CHROME'), args: ['--no-sandbox'] });
  atEnd(() => browser.close());
});

/** Opens a page of the site; gives what it found, what it complained about, and what was asked of the server. */
async function visit(name, types) {
  const server = await serve({ '/': site }, POLICY, types);
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(`${server.url}/${name}.html`);
  await page.waitForFunction(() => globalThis.outcome, null, { timeout: 30_000 });
  const outcome = await page.evaluate(() => globalThis.outcome);
  await page.close();
  return { outcome, complaints, asked: server.counts };
}

/** What a page loads, each file once: of all wasm that lies there, one that search has for this processor. */
function isLoaded({ '/favicon.ico': _, ...asked }, ...scripts) {
  const wasm = ['search_relaxed.wasm', 'search.wasm'].find((name) => `/recall/${name}` in asked);
  const files = [...scripts, 'search-visit.mjs', 'recall/search.js', `recall/${wasm}`, ...FILES.map((name) => `data/${name}.er`)];
  assert.deepEqual(asked, Object.fromEntries(files.map((file) => [`/${file}`, 1])));
}

test('the files of this test have every kind of search', () => {
  assert.deepEqual(inNode.map(({ facts }) => facts.kinds), [['flat', 'cells'], ['flat', 'hnsw'], ['flat']]);
  assert.ok(inNode.every(({ answers }) => answers.every(([[ids]]) => ids.length === 10)));
  assert.ok(inNode[2].named.every((name) => /^row \d+$/.test(name)));
});

test('a page finds what Node finds, to the bit, and loads one wasm once', async () => {
  const { outcome, complaints, asked } = await visit('page');
  assert.deepEqual(outcome, inNode);
  assert.deepEqual(complaints, []);
  isLoaded(asked, 'page.html', 'page.js');
});

test('so does a worker', async () => {
  const { outcome, complaints, asked } = await visit('starts-worker');
  assert.deepEqual(outcome, inNode);
  assert.deepEqual(complaints, []);
  isLoaded(asked, 'starts-worker.html', 'starts-worker.js', 'worker.js');
});

test('a host that does not know the type of wasm: it works, with a warning', async () => {
  const { outcome, complaints, asked } = await visit('page', { '.wasm': 'application/octet-stream' });
  assert.deepEqual(outcome, inNode);
  assert.equal(complaints.length, 1, complaints.join('\n'));
  assert.match(complaints[0], /application\/wasm/);
  isLoaded(asked, 'page.html', 'page.js');
});

test('relaxed SIMD changes no bit, whatever the processor makes of it', async () => {
  const { outcome, complaints, asked } = await visit('relaxed');
  assert.deepEqual(outcome, inNode);
  assert.deepEqual(complaints, []);
  assert.equal(asked['/recall/search_relaxed.wasm'], 1);
});
