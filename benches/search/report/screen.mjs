// A set on the screen: the table, then every setting that nothing else beats.
import { frontier } from '../lib/figures.mjs';
import { cells, chosen, yardstick } from './tables.mjs';
import { ratio } from './targets.mjs';

const WIDTH = 32;

/** The text of one set. */
export function printed(set) {
  const yard = yardstick(set);
  const lines = [`\n${set.set}: ${set.count} rows of ${set.dim}`, head()];
  for (const { peer, ten, hundred } of chosen(set)) {
    const load = peer.load_ms === undefined ? '–' : peer.load_ms.toFixed(2);
    const words = [...cells(ten, yard.ten, ratio), ...cells(hundred, yard.hundred, ratio), (peer.bytes / set.count).toFixed(1), load];
    lines.push(peer.name.padEnd(WIDTH) + words.map((word) => word.padStart(11)).join(''));
  }
  for (const { name, why } of set.missing) lines.push(`${name.padEnd(WIDTH)} ${why}`);
  for (const k of [10, 100]) {
    const best = frontier(set.rows.filter((row) => row.k === k));
    lines.push(`k = ${k}, what nothing beats: ${best.map(({ name, effort, recall, ms }) => `${name}@${effort} ${recall.toFixed(3)} ${ms.toFixed(4)}`).join(' | ')}`);
  }
  return lines.join('\n');
}

const head = () =>
  ''.padEnd(WIDTH) + ['recall@10', 'ms', 'of peer', 'recall@100', 'ms', 'of peer', 'bytes/row', 'load ms'].map((word) => word.padStart(11)).join('');
