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
  const where: Conditions = { category: ['shoes', 'boots'], price: { max: 120 }, inStock: true, size: [38, { min: 41 }] };
  const boost: Boost = { where: { brand: 'a' }, by: 1.5 };
  const fusion: Fusion = 'rrf';
  const rules: Rules = { where, without: { brand: 'b' }, boost: [boost], pin: { 0: 'a', 4: 'b' }, spread: { brand: 2 } };
  const knobs: Rules = { diversity: 0.3, popularity: 0.2, rotation: 0.5, templates: 3, channels: { crowd: 0, u2i: 0.5 }, fusion };
  await recall.similar('a', rules);
  await recall.trending({ ...knobs, k: 3 });
  for await (const step of recall.recommendSteps(rules)) void step.slots;
  const slot: Slot = { name: 'hero', k: 2, ...rules };
  const page = await recall.recommend({ slots: [slot, { k: 8, exclude: ['seen'] }], diversity: 0.1 });
  const hero: Recommendations | undefined = page.slots?.[0];
  const heroName: string | undefined = hero?.name;
  const explanation: Explanation = await recall.explain('a', { ...rules, k: 8, signal });
  const held: Held | undefined = explanation.place === undefined ? explanation.held : undefined;
  // @ts-expect-error: one list at a time
  await recall.explain('a', { slots: [slot] });
  // @ts-expect-error: a range has an end
  await recall.recommend({ where: { price: {} } });
  // @ts-expect-error: no such end
  await recall.recommend({ where: { price: { least: 3 } } });
  // @ts-expect-error: a boost has a factor
  await recall.recommend({ boost: [{ where }] });
  // @ts-expect-error: places are numbers
  await recall.recommend({ pin: { first: 'a' } });
  // @ts-expect-error: no such channel
  await recall.recommend({ channels: { cloud: 1 } });
  // @ts-expect-error: no such policy
  await recall.recommend({ fusion: 'blend' });
  // @ts-expect-error: slots have sizes
  await recall.recommend({ slots: [{ name: 'hero' }] });
  // @ts-expect-error: a slot has no slots
  await recall.recommend({ slots: [{ k: 3, slots: [] }] });
  const seed: string | undefined = first?.why[0]?.seed;
  const rank: number | undefined = first?.ranks.u2i;
  list.shown();
  recall.observe('shown', ['a']);
  const blob: Uint8Array = recall.profile.export();
  recall.profile.import(blob);
  new Headers(await recall.profile.headers());
  const own: ProfileStore = cookieStore(new Request('/'), 'a secret of the server', { name: 'recall', sameSite: 'Strict' });
  await load('/recall/', { store: own, consent: 'granted' });
  await load('/recall/', { store: localStorageStore() });
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
  return [bytes, requests, missing.length, degraded, trouble?.code, trouble?.shard, title, seed, rank, heroName, held, failure.code, first?.channel === 'u2i'].join();
}
void use;
`;
const SEARCH = `
async function search(): Promise<string> {
  const index: Index = await open('/vectors.er', { signal: AbortSignal.timeout(1) });
  const { ids, scores }: Found = index.search([1, 2], { k: 3, kind: 'cells', probes: 4, exclude: new Set([7]) });
  // @ts-expect-error: no such kind
  index.search([1], { kind: 'tree' });
  // @ts-expect-error: a vector is numbers
  index.search('1, 2');
  const lists: Found[] = index.searchBatch(new Float32Array(64), { k: 1 });
  const name: string | undefined = index.key(ids[0] ?? 0);
  const gpu: GpuIndex = await openGpu(new Uint8Array(8));
  const { engine, reason }: GpuStats = gpu.stats;
  const found: Found = await gpu.search([1, 2], { k: 3 });
  // @ts-expect-error: the answer is on its way
  gpu.search([1, 2]).ids;
  return [scores.length, lists.length, name, engine, reason, found.ids.length, index.kinds.includes('hnsw')].join();
}
void search;
`;
const searchImports = `import { open } from 'edge-recall/search';
import type { Found, Index } from 'edge-recall/search';
import { open as openGpu } from 'edge-recall/webgpu';
import type { GpuIndex, GpuStats } from 'edge-recall/webgpu';
`;
const imports = `import { EdgeRecallError, cookieStore, indexedDbStore, load, localStorageStore, memoryStore } from 'edge-recall';
import type { Boost, Budget, CacheLike, Conditions, Consent, Explanation, Fusion, Held, Problem, ProfileStore } from 'edge-recall';
import type { Recall, Recommendation, Recommendations, Rules, Slot, Stats } from 'edge-recall';
import { load as slim } from 'edge-recall/slim';`;

const SETTINGS = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2022,dom'];

test('declarations serve every kind of resolution', async () => {
  const app = await project();
  await writeFile(join(app, 'esm.mts'), imports + USE);
  await writeFile(join(app, 'bundled.ts'), imports + USE);
  for (const file of ['search.mts', 'search.ts']) await writeFile(join(app, file), searchImports + SEARCH);
  const required = imports.split('\n')[0].replace(/import (.*) from (.*);/, 'import edgeRecall = require($2);');
  await writeFile(join(app, 'cjs.cts'), `${required}\nvoid edgeRecall.load('/recall/').then((recall) => recall.trending());\n`);
  const check = async (...args) => {
    const { stdout } = await run(process.execPath, [TSC, ...SETTINGS, ...args], { cwd: app }).catch((e) => e);
    assert.equal(stdout, '');
  };
  await check('--module', 'node16', 'esm.mts', 'cjs.cts', 'search.mts');
  await check('--module', 'es2022', '--moduleResolution', 'bundler', 'bundled.ts', 'search.ts');
});
