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
  const { bytes, missing, degraded, problems }: Stats = list.stats;
  const trouble: Problem | undefined = problems[0];
  const title: string | undefined = first?.card?.title;
  for await (const step of recall.recommendSteps({ k: 3, cards: false, budget: { requests: 4 } })) void step.stats.ms;
  const { requests }: Stats = await recall.prefetch({ bytes: 1_000_000 });
  recall.observe('view', 'a', { card: 'AAAA' });
  // @ts-expect-error: no such consent
  void recall.setConsent('yes');
  const consent: Consent = 'granted';
  await recall.setConsent(consent);
  await recall.flush();
  const seed: string | undefined = first?.why[0]?.seed;
  const rank: number | undefined = first?.ranks.u2i;
  const blob: Uint8Array = recall.profile.export();
  recall.profile.import(blob);
  const store: ProfileStore = { load: () => null, save: async (bytes: Uint8Array) => void bytes.length, clear: () => {} };
  const cache: CacheLike = await caches.open('shop');
  const budget: Budget = { bytes: Infinity, requests: 10, ms: 500 };
  await load('/recall/', { budget, cache, store, consent, privacy: 'decoy', device: 7 });
  await load('/recall/', { cache: null, store: memoryStore(), privacy: undefined });
  await load('/recall/', { store: indexedDbStore('shop'), cache: { ...cache, keys: async () => [{ url: '/' }] } });
  // @ts-expect-error: a store has three methods
  await load('/recall/', { store: { load: () => null } });
  // @ts-expect-error: slim needs its wasm
  await slim('/recall/');
  await slim('/recall/', { wasm });
  const failure: EdgeRecallError = new EdgeRecallError('bad-url', 'no');
  return [bytes, requests, missing.length, degraded, trouble?.code, trouble?.shard, title, seed, rank, failure.code, first?.channel === 'u2i'].join();
}
void use;
`;
const imports = `import { EdgeRecallError, indexedDbStore, load, memoryStore } from 'edge-recall';
import type { Budget, CacheLike, Consent, Problem, ProfileStore, Recall, Recommendation, Stats } from 'edge-recall';
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
