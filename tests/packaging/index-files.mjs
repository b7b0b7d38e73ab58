// Vectors to index, and their files by the real command. EDGE_RECALL_BUILDER names it.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Writes rows as NumPy does. */
export async function npy(file, rows) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0].length}), }\n`;
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  const numbers = new Float32Array(rows.flatMap((row) => [...row]));
  await writeFile(file, Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(numbers.buffer)]));
}

/** Makes an index file of vectors. */
export function indexOf(vectors, out, ...options) {
  return promisify(execFile)(process.env.EDGE_RECALL_BUILDER, ['index', vectors, '--out', out, '--quiet', ...options]);
}

/** Rows around twenty places, the same on every run. */
export function someRows(count, dim, seed) {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const places = Array.from({ length: 20 }, () => Array.from({ length: dim }, next));
  return Array.from({ length: count }, (_, row) => Float32Array.from(places[row % 20], (x) => x + next() / 3));
}
