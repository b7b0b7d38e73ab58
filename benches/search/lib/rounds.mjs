// Searches in turns: every round asks every contender the same queries, so that what else the machine does hurts all alike.
// Owns the clock; what the times mean is for `figures.mjs`.
import { median, recall } from './figures.mjs';

const ROUNDS = Number(process.env.EDGE_RECALL_BENCH_ROUNDS ?? 7);
/** A turn of a slow contender asks fewer queries, but not fewer than these. */
const TURN_MS = 1200;
const LEAST_QUERIES = 10;
const WARM_UP = 10;

/**
 * Asks each of `contenders` (`{ peer, index, effort }`) for `k` ids of every query: adds `recall`, `rounds` (median
 * milliseconds of each round), `ms` (their median) and `queries` (asked a round).
 */
export async function inTurns(contenders, { queries, truth }, k) {
  const found = [];
  for (const contender of contenders) found.push(await firstLook(contender, queries, truth, k));
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < found.length; turn++) {
      // Another one begins every round: nobody always follows the same neighbour.
      const one = found[(turn + round) % found.length];
      one.times.push(median(await times(one, one.asked, k)));
    }
  }
  return found.map(({ contender, recall, times, asked }) => ({
    ...contender, recall, rounds: times, ms: median(times), queries: asked.length,
  }));
}

/** What it finds, from all queries, or from as many as there is patience for; this is its warm-up, too. */
async function firstLook(contender, queries, truth, k) {
  const { peer, index, effort } = contender;
  const prepared = queries.map(peer.prepare);
  const search = index.at(effort);
  const [start, hits, seen] = [performance.now(), [], []];
  for (const [at, query] of prepared.entries()) {
    hits.push(recall(await search(query, k), truth[at], k));
    seen.push(query);
    if (at + 1 >= LEAST_QUERIES && performance.now() - start > 5 * TURN_MS) break;
  }
  const one = { contender, index, effort, waits: index.waits, times: [] };
  one.recall = hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
  const ms = median(await times(one, seen.slice(0, LEAST_QUERIES), k));
  one.asked = seen.slice(0, Math.max(LEAST_QUERIES, Math.floor(TURN_MS / ms)));
  return one;
}

/** Milliseconds of every query; a search that answers later is waited for. */
async function times({ index, effort, waits }, queries, k) {
  const search = index.at(effort);
  const spent = [];
  for (const query of queries.slice(0, WARM_UP)) await search(query, k);
  for (const query of queries) {
    const start = performance.now();
    if (waits) await search(query, k);
    else search(query, k);
    spent.push(performance.now() - start);
  }
  return spent;
}
