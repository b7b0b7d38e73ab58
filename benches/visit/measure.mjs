// First visits through the real wasm in Node: what they read, in how many rounds, and what they find. Shared by the
// benchmark and by the tests of the budgets.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

export const K = 20;
/** Items that the profiles of `cards` hold. */
export const HISTORY = 20;

/**
 * What a visitor has seen before the question: `card` one item on a page with an inlined card, `cards` items whose cards
 * the profile holds, `bare` one item by its id alone.
 */
export const VISITORS = {
  card: (user, cards) => user.history.slice(-1).map((id) => [id, { card: cards.get(id) }]),
  cards: (user, cards) => user.history.map((id) => [id, { card: cards.get(id) }]),
  bare: (user) => user.history.slice(-1).map((id) => [id, undefined]),
};

/** Bytes of the runtime as a host sends them. */
export async function runtimeBytes(dist) {
  const files = ['recall.js', 'recall.wasm'].map((name) => readFile(join(dist, 'recall', name)));
  return (await Promise.all(files)).reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
}

/** Makes first visits: every one a fresh instance with nothing cached. */
export async function visitor(dist, server) {
  const { load } = await import(pathToFileURL(join(dist, 'npm/dist/node.js')));
  const runtime = await runtimeBytes(dist);
  return async (seen, wanted) => {
    await server.reset();
    const started = performance.now();
    const recall = await load(server.url, { cache: null, budget: { ms: 60_000 } });
    for (const [id, options] of seen) recall.observe('view', id, options);
    const steps = [];
    for await (const results of recall.recommendSteps({ k: K })) {
      steps.push({ results, sent: await server.sent(), ms: performance.now() - started });
    }
    const [first, last] = [steps[0], steps.at(-1)];
    const visit = {
      first: runtime + first.sent.bytes,
      shownFirst: first.results.length,
      bytes: runtime + last.sent.bytes,
      files: last.sent.requests - 1,
      rounds: last.results.stats.rounds,
      ms: last.ms,
      recall: last.results.filter(({ id }) => wanted.has(id)).length / wanted.size,
      found: last.results.length,
      degraded: last.results.stats.degraded,
      problems: last.results.stats.problems,
    };
    await server.reset();
    await recall.recommend({ k: K });
    return { ...visit, again: (await server.sent()).requests };
  };
}
