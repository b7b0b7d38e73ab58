// `edge-recall/search` of the packed package in Node, over files of the real `edge-recall index`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { project, serve } from './harness.mjs';
import { indexOf, npy, someRows } from './index-files.mjs';

const run = promisify(execFile);

/** Rows of the files of every code and length. */
const COUNT = 4200;

let app, folder, open, EdgeRecallError;

before(async () => {
  app = await project();
  folder = join(app, 'indexes');
  await mkdir(folder);
  await writeFile(join(app, 'proxy.mjs'), "export * from 'edge-recall/search';");
  ({ open, EdgeRecallError } = await import(pathToFileURL(join(app, 'proxy.mjs')).href));
});

test('answers that can be worked out by hand', async () => {
  const file = join(folder, 'axes.er');
  await writeFile(join(folder, 'axes.keys'), 'east\nnorth\nboth\neast again\nwest\n');
  await npy(join(folder, 'axes.npy'), [[1, 0], [0, 1], [1, 1], [1, 0], [-1, 0]]);
  await indexOf(join(folder, 'axes.npy'), file, '--code', 'f16', '--keys', join(folder, 'axes.keys'));
  const index = await open(file);
  const { size, dim, code, metric, cells, kinds } = index;
  const facts = { size: 5, dim: 2, code: 'f16', metric: 'dot', cells: 1, kinds: ['flat'] };
  assert.deepEqual({ size, dim, code, metric, cells, kinds }, facts);
  const named = (found) => [...found.ids].map((id) => index.key(id));
  const east = index.search([2, 0], { k: 4 });
  assert.deepEqual([...east.scores], [2, 2, 2, 0]);
  assert.deepEqual(named(east).sort(), ['both', 'east', 'east again', 'north']);
  assert.deepEqual([...east.ids].slice(0, 3), [...east.ids].slice(0, 3).sort(), 'ties go to the smaller id');
  const without = index.search([2, 0], { k: 9, exclude: east.ids });
  assert.deepEqual([named(without), [...without.scores]], [['west'], [-2]]);
  const both = index.search([2, 0, 0, 3], { k: 5 });
  assert.deepEqual([...both.scores], [3, 3, 2, 2, 0], 'several interests: the best of them');
  const lists = index.searchBatch([2, 0, 0, 3], { k: 1 });
  assert.deepEqual(lists.map(named), [[named(east)[0]], [named(index.search([0, 3], { k: 1 }))[0]]]);
  assert.equal(index.key(99), undefined);
  assert.deepEqual(index.search([1, 0], { k: 0 }).ids.length, 0);
  index.free();
});

/** A flag for hosts that know relaxed SIMD but do not offer it: what they make of it may be wrong, and must not show. */
const RELAXED = '--experimental-wasm-relaxed-simd';

test('with SIMD of both kinds and without it, every code of every length gives the same bits', { timeout: 300_000 }, async (t) => {
  const files = [];
  for (const dim of [1, 3, 7, 8, 9, 16, 31, 32, 33, 64, 65, 100]) {
    const rows = join(folder, `rows-${dim}.npy`);
    // As many as bounds are made for.
    await npy(rows, someRows(COUNT, dim, dim));
    for (const code of ['f16', 'int8', 'int4', 'int2']) {
      const file = join(folder, `${code}-${dim}.er`);
      await indexOf(rows, file, '--code', code, '--cells', '5');
      files.push(file);
    }
  }
  // Large codes alone.
  const signs = someRows(COUNT, 300, 1).map((row) => row.map((x) => (x < 0 ? -1 : 1)));
  await npy(join(folder, 'signs.npy'), signs);
  await indexOf(join(folder, 'signs.npy'), join(folder, 'signs.er'), '--code', 'int8', '--cells', '1');
  files.push(join(folder, 'signs.er'));
  const script = `import { readFileSync } from 'node:fs';
import { open } from 'edge-recall/search';
const [wasm, ...files] = process.argv.slice(2);
const module = readFileSync(new URL(import.meta.resolve(wasm)));
const all = [];
for (const file of files) {
  const index = await open(file, { wasm: module });
  const query = Float32Array.from({ length: index.dim }, (_, i) => Math.fround(Math.sin(i * 7 + 1)));
  // One that leaves the range in which halves are decoded quickly, one that is nothing, and one of the largest codes alone.
  for (const asked of [query, query.map((x) => x * 1e9), query.map(() => 0), query.map(Math.sign)]) {
    for (const k of [300, 5]) {
      const { ids, scores } = index.search(asked, { k, kind: 'flat' });
      all.push([[...ids], [...new Uint32Array(scores.buffer)]]);
    }
  }
}
console.log(JSON.stringify(all));`;
  await writeFile(join(app, 'bits.mjs'), script);
  const options = { cwd: app, maxBuffer: 1 << 28 };
  const relaxed = await readFile(join(app, 'node_modules/edge-recall/dist/search_relaxed_bg.wasm'));
  const flags = WebAssembly.validate(relaxed) ? [] : [RELAXED];
  t.diagnostic(`relaxed SIMD ${flags.length > 0 ? `by ${RELAXED}` : 'as this host offers it'}; where it is not exact, its wasm has no bounds`);
  const answers = [];
  for (const flavour of ['', '_baseline', '_relaxed']) {
    const argv = [...(flavour === '_relaxed' ? flags : []), 'bits.mjs', `edge-recall/search${flavour}.wasm`, ...files];
    answers.push(JSON.parse((await run(process.execPath, argv, options)).stdout));
  }
  assert.equal(answers[0].length, files.length * 4 * 2);
  assert.ok(answers[0].every(([ids], at) => ids.length === (at % 2 === 0 ? 300 : 5)));
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(answers[0], answers[2]);
});

test('cells find what the scan finds, and fill up what is excluded', async () => {
  const rows = someRows(4000, 24, 5);
  await npy(join(folder, 'many.npy'), rows);
  const file = join(folder, 'many.er');
  await indexOf(join(folder, 'many.npy'), file);
  const index = await open(await readFile(file));
  assert.ok(index.cells > 16, `${index.cells} cells`);
  assert.ok(index.bytes / index.size < 24 + 4 + 4, 'int8, a scale, an id and little else');
  let shared = 0;
  for (let at = 0; at < 4000; at += 100) {
    const flat = index.search(rows[at], { kind: 'flat' });
    const cells = index.search(rows[at]);
    const all = index.search(rows[at], { probes: index.cells });
    assert.deepEqual([[...all.ids], [...all.scores]], [[...flat.ids], [...flat.scores]], 'all cells are everything');
    shared += [...cells.ids].filter((id) => flat.ids.includes(id)).length;
    const excluded = index.search(rows[at], { k: 600, kind: 'flat' }).ids;
    const others = index.search(rows[at], { k: 50, exclude: excluded, probes: 1 });
    assert.equal(others.ids.length, 50);
    assert.ok(others.ids.every((id) => !excluded.includes(id)));
  }
  assert.ok(shared >= 0.93 * 400, `${shared} of 400`);
});

test('a graph finds what the scan finds, with its scores', async () => {
  const rows = someRows(1500, 24, 6);
  await npy(join(folder, 'linked.npy'), rows);
  await indexOf(join(folder, 'linked.npy'), join(folder, 'linked.er'), '--kind', 'hnsw');
  const index = await open(join(folder, 'linked.er'));
  assert.deepEqual(index.kinds, ['flat', 'hnsw']);
  let shared = 0;
  for (let at = 0; at < 1500; at += 30) {
    const [flat, linked] = ['flat', 'hnsw'].map((kind) => index.search(rows[at], { kind }));
    linked.ids.forEach((id, place) => {
      const known = flat.ids.indexOf(id);
      if (known >= 0) assert.equal(linked.scores[place], flat.scores[known]);
      shared += Number(known >= 0);
    });
  }
  assert.ok(shared >= 0.9 * 500, `${shared} of 500`);
  assert.deepEqual(index.search(rows[0], { kind: 'cells' }), index.search(rows[0], { kind: 'flat' }), 'one cell');
});

test('over HTTP, and what goes wrong there', async () => {
  const server = await serve({ '/': folder });
  const index = await open(`${server.url}/axes.er`);
  assert.equal(index.size, 5);
  const code = (wanted) => (error) => error instanceof EdgeRecallError && error.code === wanted && error.message.length > 20;
  await assert.rejects(open(`${server.url}/none.er`), code('index-missing'));
  await assert.rejects(open('http://127.0.0.1:1/none.er'), code('index-unreachable'));
  await assert.rejects(open(`${server.url}/axes.er`, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('what is no index is refused, and says why', async () => {
  const bytes = await readFile(join(folder, 'axes.er'));
  const { code, section } = await open(new TextEncoder().encode('<!doctype html>')).catch((error) => error);
  assert.deepEqual([code, section], ['not-a-shard', undefined]);
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = Uint8Array.from(bytes);
    changed[at] ^= 16;
    await assert.rejects(open(changed), EdgeRecallError, `byte ${at}`);
    await assert.rejects(open(bytes.subarray(0, at)), EdgeRecallError, `cut at ${at}`);
  }
  const index = await open(bytes);
  assert.throws(() => index.search([1, 2, 3]), /TypeError|multiple/);
  assert.throws(() => index.search([]), TypeError);
  assert.throws(() => index.search([1, 2], { kind: 'tree' }), TypeError);
  assert.throws(() => index.search([1, 2], { kind: 'hnsw' }), /as flat, not as hnsw/);
  assert.throws(() => index.search([1, 2], { k: -1 }), TypeError);
});

test('through require', async () => {
  const script = "require('edge-recall/search').open(process.argv[2]).then((index) => console.log(index.size));";
  await writeFile(join(app, 'search.cjs'), script);
  assert.equal((await run(process.execPath, ['search.cjs', join(folder, 'axes.er')], { cwd: app })).stdout, '5\n');
});
