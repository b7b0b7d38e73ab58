// `edge-recall/webgpu` of the packed package in headless Chromium, whose software adapter SwiftShader computes like any other:
// ids and scores against the exact scan of `edge-recall/search`; and without the flag that brings WebGPU, the fallback.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { atEnd, project, scratch, serve, setting } from './harness.mjs';

const run = promisify(execFile);
const CODES = ['f16', 'int8', 'int4'];
const [ROWS, DIM] = [1200, 24];
let app, site, server;

/** Numbers from -1 to 1, the same in every run. */
function* dice(state) {
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 31 - 1;
  }
}

function numbers(count, seed) {
  const faces = dice(seed);
  return Float32Array.from({ length: count }, () => faces.next().value);
}

/** An array of NumPy, version 1.0. */
function npy(values, rows, columns) {
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const text = `${words.padEnd(117)}\n`;
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(text), Buffer.from(values.buffer)]);
}

before(async () => {
  [app, site] = await Promise.all([project(), scratch()]);
  const array = join(site, 'vectors.npy');
  await writeFile(array, npy(numbers(ROWS * DIM, 7), ROWS, DIM));
  for (const code of CODES) {
    const out = join(site, `${code}.er`);
    await run(setting('EDGE_RECALL_BUILDER'), ['index', array, '--out', out, '--code', code, '--cells', '16']);
  }
  const installed = join(app, 'node_modules/edge-recall');
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const entry = (name) => `/package/${exports[name].browser.default.replace('./', '')}`;
  await writeFile(join(site, 'favicon.ico'), '');
  await writeFile(join(site, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
  await writeFile(join(site, 'main.js'), `import { open as openGpu } from '${entry('./webgpu')}';
import { open } from '${entry('./search')}';
const plain = ({ ids, scores }) => ({ ids: [...ids], bits: [...new Int32Array(scores.buffer, scores.byteOffset, scores.length)] });
globalThis.ask = async (code, queries, excluded) => {
  const [gpu, flat] = await Promise.all([openGpu('./' + code + '.er'), open('./' + code + '.er')]);
  const all = Float32Array.from(queries);
  const one = all.slice(0, gpu.dim);
  const several = all.slice(0, 3 * gpu.dim);
  const found = [await gpu.search(one), await gpu.search(several, { k: 7 }), ...(await gpu.searchBatch(all, { k: 10, exclude: excluded }))];
  const options = { kind: 'flat' };
  const exact = [flat.search(one, options), flat.search(several, { ...options, k: 7 }), ...flat.searchBatch(all, { ...options, k: 10, exclude: excluded })];
  const { stats, size, dim, cells } = gpu;
  const wrong = await gpu.search([1, 2]).catch((error) => error.name);
  gpu.free();
  flat.free();
  return { found: found.map(plain), exact: exact.map(plain), stats, size, dim, cells, wrong };
};
globalThis.damaged = () => openGpu(new Uint8Array(300)).then(() => 'open', ({ name, code }) => [name, code]);
globalThis.ready = true;`);
  server = await serve({ '/': site, '/package/': installed });
});

/** A page of a browser that was started so. */
async function page(...flags) {
  const browser = await chromium.launch({ executablePath: setting('CHROME'), args: ['--no-sandbox', ...flags] });
  atEnd(() => browser.close());
  const opened = await browser.newPage();
  opened.on('pageerror', (error) => console.error(String(error)));
  await opened.goto(`${server.url}/index.html`);
  await opened.waitForFunction(() => globalThis.ready, null, { timeout: 30_000 });
  return opened;
}

const QUERIES = [...numbers(18 * DIM, 99)];

async function compare(opened, code, queries = QUERIES) {
  const excluded = Array.from({ length: 100 }, (_, at) => at * 17);
  const asked = ([code, queries, excluded]) => globalThis.ask(code, queries, excluded);
  const { found, exact, stats, ...facts } = await opened.evaluate(asked, [code, queries, excluded]);
  assert.equal(found.length, 2 + queries.length / DIM);
  assert.deepEqual(found, exact, `${code}: ids and scores, to the bit`);
  assert.deepEqual(facts, { size: ROWS, dim: DIM, cells: 16, wrong: 'TypeError' });
  return stats;
}

test('the GPU gives the exact scan\'s ids and scores', async (t) => {
  const opened = await page('--enable-unsafe-webgpu');
  for (const code of ['f16', 'int8']) {
    const stats = await compare(opened, code);
    if (!stats.adapter && !process.env.EDGE_RECALL_GPU) {
      console.error(`SKIPPED: this Chromium has no WebGPU adapter: ${stats.reason}`);
      return t.skip(stats.reason);
    }
    assert.deepEqual([stats.engine, stats.reason, stats.fallbacks], ['webgpu', undefined, 0]);
  }
  const packed = await compare(opened, 'int4', QUERIES.slice(0, 3 * DIM));
  assert.equal(packed.engine, 'simd');
  assert.match(packed.reason, /int4/);
});

test('a browser without WebGPU: the processor answers and says why', async () => {
  const opened = await page('--disable-features=WebGPU,WebGPUService');
  const stats = await compare(opened, 'int8', QUERIES.slice(0, 3 * DIM));
  assert.equal(stats.engine, 'simd');
  assert.match(stats.reason, /WebGPU/);
  assert.deepEqual(await opened.evaluate(() => globalThis.damaged()), ['EdgeRecallError', 'not-a-shard']);
});

test('Node has no WebGPU: the same answers, and the reason', async () => {
  await writeFile(join(app, 'both.mjs'), "export { open as openGpu } from 'edge-recall/webgpu';\nexport { open } from 'edge-recall/search';\n");
  const { openGpu, open } = await import(pathToFileURL(join(app, 'both.mjs')).href);
  const [gpu, flat] = [await openGpu(join(site, 'f16.er')), await open(join(site, 'f16.er'))];
  const query = QUERIES.slice(0, DIM);
  assert.deepEqual(await gpu.search(query, { k: 5 }), flat.search(query, { k: 5, kind: 'flat' }));
  assert.deepEqual([gpu.stats.engine, gpu.stats.adapter], ['simd', undefined]);
  assert.match(gpu.stats.reason, /WebGPU/);
});
