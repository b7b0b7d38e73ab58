// The declarations of the packed package, read as a strict application would: by `import`, by `require`, by a bundler.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { project } from './harness.mjs';

const run = promisify(execFile);
const TSC = new URL('../../node_modules/typescript/bin/tsc', import.meta.url).pathname;

const USE = `
async function use(signal: AbortSignal | undefined, wasm: WebAssembly.Module): Promise<string> {
  const recall: Recall = await load('/recall/', { signal, fetch: (url, init) => fetch(url, init) });
  recall.setContext({ age: '25-34', gender: undefined });
  recall.observe('cart', ['a', 'b'] as const);
  // @ts-expect-error: no such event type
  recall.observe('klick', 'a');
  // @ts-expect-error: ids are strings
  recall.observe('view', 7);
  const list = await recall.recommend({ k: 12, exclude: ['seen', 'a'], signal });
  const first: Recommendation | undefined = list[0];
  const { bytes, missing, degraded }: Stats = list.stats;
  const seed: string | undefined = first?.why[0]?.seed;
  const blob: Uint8Array = recall.profile.export();
  recall.profile.import(blob);
  // @ts-expect-error: slim needs its wasm
  await slim('/recall/');
  await slim('/recall/', { wasm });
  const failure: EdgeRecallError = new EdgeRecallError('bad-url', 'no');
  return [bytes, missing.length, degraded, seed, failure.code, first?.channel === 'u2i'].join();
}
void use;
`;
const imports = `import { EdgeRecallError, load, type Recall, type Recommendation, type Stats } from 'edge-recall';
import { load as slim } from 'edge-recall/slim';`;

const SETTINGS = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2022,dom'];

test('declarations serve every kind of resolution', async () => {
  const app = await project();
  await writeFile(join(app, 'esm.mts'), imports + USE);
  await writeFile(join(app, 'bundled.ts'), imports + USE);
  const required = imports.split('\n')[0].replace(/import (.*) from (.*);/, 'import edgeRecall = require($2);');
  await writeFile(join(app, 'cjs.cts'), `${required}\nvoid edgeRecall.load('/recall/').then((recall) => recall.trending());\n`);
  const check = async (...args) => {
    const { stdout } = await run(process.execPath, [TSC, ...SETTINGS, ...args], { cwd: app }).catch((e) => e);
    assert.equal(stdout, '');
  };
  await check('--module', 'node16', 'esm.mts', 'cjs.cts');
  await check('--module', 'es2022', '--moduleResolution', 'bundler', 'bundled.ts');
});
