// One row a contender: what it needs for a wanted recall. Owns which of its settings stands for it.
import { fastest } from '../lib/figures.mjs';

export const RECALL = 0.95;

/** Of each contender, for each k, the fastest setting that reaches the recall; where none does, the one that finds most. */
export function chosen(set) {
  const best = (rows) => fastest(rows, RECALL) ?? rows.toSorted((a, b) => b.recall - a.recall || a.ms - b.ms)[0];
  const rows = set.peers.map((peer) => {
    const of = (k) => best(set.rows.filter((row) => row.name === peer.name && row.k === k));
    return { peer, ten: of(10), hundred: of(100) };
  });
  const order = { ours: 0, wasm: 1, js: 2, native: 3 };
  return rows.toSorted((a, b) => order[a.peer.kind] - order[b.peer.kind] || a.ten.ms - b.ten.ms);
}

/** The fastest wasm peer's milliseconds at the recall, by k. */
export function yardstick(set) {
  const names = new Set(set.peers.filter(({ kind }) => kind === 'wasm').map(({ name }) => name));
  const of = (k) => fastest(set.rows.filter((row) => row.k === k && names.has(row.name)), RECALL);
  return { ten: of(10), hundred: of(100) };
}

/** Recall, milliseconds, and the share of the yardstick's, in words. */
export function cells(row, yard, ratio) {
  if (!row) return ['–', '–', '–'];
  const share = yard && ratio(row, yard);
  const times = share === undefined ? '–' : share < 0.1 ? share.toFixed(3) : share < 10 ? share.toFixed(2) : share.toFixed(0);
  return [row.recall.toFixed(3), row.ms.toFixed(row.ms < 1 ? 4 : 2), times];
}
