// The packed package in Node: over HTTP, from a folder, through require; against the native answer.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { checkParity, checkVisit } from './checks.mjs';
import { channelsOf, nativeAnswer, project, serve, shards } from './harness.mjs';
import { HISTORY } from './visit.mjs';

const run = promisify(execFile);
let app, folder, server, seen;

before(async () => {
  [app, folder] = await Promise.all([project(), shards()]);
  server = await serve({ '/recall/': folder });
  await copyFile(new URL('visit.mjs', import.meta.url), join(app, 'visit.mjs'));
  const call = 'console.log(JSON.stringify(await visit(load, process.argv[2])));';
  await writeFile(join(app, 'esm.mjs'), `import { load } from 'edge-recall';\nimport { visit } from './visit.mjs';\n${call}`);
  const required = `const { load } = require('edge-recall');\n`;
  const main = `import('./visit.mjs').then(async ({ visit }) => { ${call} });`;
  await writeFile(join(app, 'cjs.cjs'), required + main);
  seen = await visitWith('esm.mjs', `${server.url}/recall`);
});

async function visitWith(script, url) {
  const { stdout, stderr } = await run(process.execPath, [script, url], { cwd: app });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('a visit over HTTP', async () => {
  checkVisit(seen, await channelsOf(folder));
  const files = await readdir(join(folder, 'c'));
  const { '/recall/recall.json': manifests, ...data } = server.counts;
  assert.equal(manifests, 2, 'one manifest for each of two instances');
  assert.equal(seen.stats.first.requests, 1 + files.length, 'a catalogue this small is read whole');
  assert.deepEqual(data, Object.fromEntries(files.map((file) => [`/recall/c/${file}`, 2])), 'each file once an instance');
});

test('from a folder, by path and by file: URL', async () => {
  checkParity(await visitWith('esm.mjs', folder), seen);
  checkParity(await visitWith('esm.mjs', pathToFileURL(folder).href), seen);
});

test('through require', async () => {
  checkParity(await visitWith('cjs.cjs', `${server.url}/recall/`), seen);
});

test('wasm from the caller, baseline too, gives the same answer', async () => {
  const script = `import { readFileSync } from 'node:fs';
import { load } from 'edge-recall/slim';
import { visit } from './visit.mjs';
const wasm = readFileSync(new URL(import.meta.resolve(process.argv[3])));
console.log(JSON.stringify(await visit(load, process.argv[2], { wasm })));`;
  await writeFile(join(app, 'slim.mjs'), script);
  for (const wasm of ['edge-recall/core.wasm', 'edge-recall/core_baseline.wasm']) {
    const { stdout } = await run(process.execPath, ['slim.mjs', `${server.url}/recall/`, wasm], { cwd: app });
    checkParity(JSON.parse(stdout), seen);
  }
});

test('parity: the native answer, to the bit', async () => {
  const native = await nativeAnswer(folder);
  assert.equal(native.length, 50);
  assert.ok(!native.some(({ id }) => HISTORY.includes(id)));
  assert.deepEqual(seen.plain.map(({ id, bits }) => ({ id, bits })), native);
});
