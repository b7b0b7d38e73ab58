// The packed package in headless Chromium, under a strict content policy: modules as they are, and the files that lie
// beside the data. CHROME is the browser; EDGE_RECALL_DIST, where set, the folder that holds recall/.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { checkParity, checkVisit } from './checks.mjs';
import { atEnd, channelsOf, manyCells, nativeAnswer, project, scratch, serve, setting, shards } from './harness.mjs';
import { troubled } from './trouble.mjs';

const POLICY = {
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'",
  'x-content-type-options': 'nosniff',
};
const run = promisify(execFile);
let folder, cells, server, browser, site, modules;

before(async () => {
  const app = await project();
  [folder, cells, site] = await Promise.all([shards(), manyCells(), scratch()]);
  const installed = join(app, 'node_modules/edge-recall');
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  modules = `/package/${exports['.'].browser.default.replace('./', '')}`;
  const recall = join(site, 'recall');
  await cp(folder, recall, { recursive: true });
  await cp(join(setting('EDGE_RECALL_DIST'), 'recall'), recall, { recursive: true });
  await copyFile(new URL('visit.mjs', import.meta.url), join(site, 'visit.mjs'));
  // Every browser asks for one, and its absence would stand in the console.
  await writeFile(join(site, 'favicon.ico'), '');
  server = await serve({ '/': site, '/package/': installed }, POLICY);
  browser = await chromium.launch({ executablePath: setting('CHROME'), args: ['--no-sandbox'] });
  atEnd(() => browser.close());
});

/** Opens a page that runs `script` as a module; gives what it put into `globalThis.outcome`, and what went wrong. */
async function open(name, script) {
  await writeFile(join(site, `${name}.js`), script);
  await writeFile(join(site, `${name}.html`), `<!doctype html><script type="module" src="${name}.js"></script>`);
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('request', (request) => request.url().startsWith(server.url) || complaints.push(request.url()));
  await page.goto(`${server.url}/${name}.html`);
  await page.waitForFunction(() => globalThis.outcome || globalThis.failure, null, { timeout: 30_000 });
  const { outcome, failure } = await page.evaluate(() => ({ outcome: globalThis.outcome, failure: globalThis.failure }));
  await page.close();
  assert.equal(failure, undefined);
  return { outcome, complaints };
}

const visiting = (load, options = '{}') => `import { load } from '${load}';
import { visit } from './visit.mjs';
visit(load, './recall', ${options}).then(
  (seen) => { globalThis.outcome = seen; },
  (error) => { globalThis.failure = String(error.stack); });`;

test('a visit with the modules of the package', async () => {
  const { outcome, complaints } = await open('package', visiting(modules));
  checkVisit(outcome, await channelsOf(folder));
  assert.deepEqual(complaints, []);
  const native = await nativeAnswer(folder);
  assert.deepEqual(outcome.plain.map(({ id, bits }) => ({ id, bits })), native, 'parity with the native answer');

  const beside = await open('beside', visiting('./recall/recall.js'));
  checkParity(beside.outcome, outcome);
  assert.deepEqual(beside.complaints, complaints);

  const baseline = new URL('./core_baseline_bg.wasm', `http://host${modules}`).pathname;
  const slow = await open('baseline', visiting(modules, `{ wasm: '${baseline}' }`));
  checkParity(slow.outcome, outcome);
});

test('an engine that computes SIMD wrongly gets the baseline wasm', async () => {
  // The page's own WebAssembly.Instance plays the engine: the self-test's answer is off by one.
  const script = `const Honest = WebAssembly.Instance;
WebAssembly.Instance = class { constructor(...from) {
  const { t } = new Honest(...from).exports;
  this.exports = { t: (zero) => t(zero) + 1 };
} };
const { load } = await import('./recall/recall.js');
await load('./recall/');
globalThis.outcome = performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop());`;
  const { outcome } = await open('wrong-simd', script);
  assert.ok(outcome.includes('recall_baseline.wasm') && !outcome.includes('recall.wasm'), outcome.join(' '));
});

test('a bundle: esbuild takes the package as it is', async () => {
  const app = await project();
  await copyFile(new URL('visit.mjs', import.meta.url), join(app, 'visit.mjs'));
  await writeFile(join(app, 'main.js'), visiting('edge-recall', "{ wasm: './core_bg.wasm' }"));
  const esbuild = new URL('../../node_modules/.bin/esbuild', import.meta.url).pathname;
  await run(esbuild, ['main.js', '--bundle', '--format=esm', `--outfile=${join(site, 'bundle.js')}`], { cwd: app });
  await copyFile(join(app, 'node_modules/edge-recall/dist/core_bg.wasm'), join(site, 'core_bg.wasm'));
  const { outcome, complaints } = await open('bundle', await readFile(join(site, 'bundle.js'), 'utf8'));
  checkVisit(outcome, await channelsOf(folder));
  assert.deepEqual(complaints, []);
});

/** A page that visits another origin's data; what it is told stands in the address. */
const RETURNING = `import { load } from './recall/recall.js';
const { data, observe, ...options } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
async function visit() {
  const recall = await load(data, { budget: { ms: Infinity }, consent: 'granted', ...options });
  if (observe) recall.observe('view', observe);
  const lists = [await recall.recommend({ k: 20 }), await recall.recommend({ k: 20 })];
  await recall.flush();
  return lists.map((list) => ({ list: list.map(({ id, score }) => [id, score]), stats: list.stats }));
}
visit().then(
  (lists) => { globalThis.outcome = lists; },
  (error) => { globalThis.outcome = [{ failure: error.code ?? String(error) }]; });`;

/** Makes visits with one browser profile; each gives the answers to two questions. */
async function visitors() {
  await writeFile(join(site, 'returning.js'), RETURNING);
  await writeFile(join(site, 'returning.html'), '<!doctype html><script type="module" src="returning.js"></script>');
  const { url } = await serve({ '/': site });
  const context = await browser.newContext();
  return async (options) => {
    const page = await context.newPage();
    await page.goto(`${url}/returning.html#${encodeURIComponent(JSON.stringify(options))}`);
    await page.waitForFunction(() => globalThis.outcome, null, { timeout: 30_000 });
    const outcome = await page.evaluate(() => globalThis.outcome);
    await page.close();
    return outcome;
  };
}

test('a warm repeat visit to another origin: one conditional request, the history is still there', async () => {
  const [host, visit] = [await troubled(cells), await visitors()];
  // The browser's own HTTP cache, and nothing else.
  const data = { data: host.url, cache: null };
  await visit({ ...data, observe: ['c7-00', 'c7-03'] });
  // With the items known from the start, another cell or two may be worth their bytes.
  const [second] = await visit(data);
  assert.ok(host.asked.length > 4, host.asked.join(' '));
  const before = host.asked.length;
  const [third] = await visit(data);
  assert.deepEqual(host.asked.slice(before), ['recall.json']);
  assert.equal(host.statuses.at(-1), 304);
  assert.deepEqual(third.list, second.list);
  assert.deepEqual([third.stats.degraded, third.stats.problems], [undefined, []]);
  assert.ok(host.heads.every(({ method, cookie }) => method === 'GET' && !cookie), 'nothing but plain requests');
});

test('offline: a later visit is answered from the Cache API; consent withdrawn, nothing is left', async () => {
  const [host, visit] = [await troubled(cells), await visitors()];
  await visit({ data: host.url, observe: ['c7-00', 'c7-03'] });
  const [first] = await visit({ data: host.url });
  host.trouble = () => 'refused';
  const [second] = await visit({ data: host.url });
  assert.deepEqual(second.list, first.list);
  assert.deepEqual([second.stats.degraded, second.stats.missing], ['offline', []]);
  assert.deepEqual(await visit({ data: host.url, consent: 'denied' }), [{ failure: 'manifest-unreachable' }]);
  host.trouble = () => undefined;
  await visit({ data: host.url, consent: 'denied' });
  const [anew] = await visit({ data: host.url });
  assert.notDeepEqual(anew.list, first.list, 'the history is gone');
  await visit({ data: host.url, consent: 'denied' });
  const [again] = await visit({ data: host.url, observe: ['c7-00', 'c7-03'] });
  assert.ok(again.stats.requests > 1, 'the files are gone');
});
