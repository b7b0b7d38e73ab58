// The sets that are searched: rows, queries and exact answers, made once and kept. Owns their files.
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DIM, drawn } from './laws.mjs';
import { readNpy, writeNpy } from './npy.mjs';
import { exact } from './truth.mjs';

/** Answers kept for a query. */
export const DEPTH = 100;
const QUERIES = 200;
/** From this many rows on, fewer queries: their exact answers take long. */
const LARGE = 1_000_000;

/**
 * `{ name, law, count, dim, rows, file, queries, truth }`: `file` is the .npy with the rows, `queries` a list of vectors,
 * `truth` a list of ids for each of them, best first.
 */
export async function setOf(folder, law, count) {
  await mkdir(folder, { recursive: true });
  const name = `${law}-${count}`;
  const asked = count >= LARGE ? QUERIES / 2 : QUERIES;
  const rows = await kept(join(folder, `${name}.npy`), DIM, () => drawn(law, 'rows', count));
  const queries = await kept(join(folder, `${law}.queries-${asked}.npy`), DIM, () => drawn(law, 'queries', asked));
  return withTruth(folder, name, law, rows, queries);
}

/** What the set of the demo is, in words. */
export const DEMO = 'item vectors of the demo, MovieLens 100K as `edge-recall build` learns it, normalised; a query is the mean of three of them, normalised';

/** The same of a table `item_vectors.csv` as the builder writes it: the demo's. */
export async function setOfTable(folder, name, table) {
  await mkdir(folder, { recursive: true });
  const lines = (await readFile(table, 'utf8')).trim().split('\n').slice(1);
  const vectors = lines.map((line) => line.slice(line.lastIndexOf(',') + 1).replaceAll('"', '').trim().split(/\s+/).map(Number));
  const [count, dim] = [vectors.length, vectors[0].length];
  const rows = Float32Array.from(vectors.flat());
  if (rows.length !== count * dim || !rows.every(Number.isFinite)) throw new Error(`${table}: not a table of item,vector`);
  for (let row = 0; row < count; row++) normalise(rows.subarray(row * dim, (row + 1) * dim));
  const queries = new Float32Array(QUERIES * dim);
  for (let query = 0; query < QUERIES; query++) {
    const out = queries.subarray(query * dim, (query + 1) * dim);
    for (const step of [1, 7, 31]) {
      const from = ((query * 101 + step * 13) % count) * dim;
      for (let x = 0; x < dim; x++) out[x] += rows[from + x];
    }
    normalise(out);
  }
  const files = [join(folder, `${name}-${count}.npy`), join(folder, `${name}.queries-${QUERIES}.npy`)];
  await writeNpy(files[0], rows, dim);
  await writeNpy(files[1], queries, dim);
  const tables = await Promise.all(files.map(readNpy));
  return withTruth(folder, `${name}-${count}`, name, { ...tables[0], file: files[0] }, tables[1]);
}

async function withTruth(folder, name, law, rows, queries) {
  const { rows: count, columns: dim } = rows;
  const depth = Math.min(DEPTH, count);
  const truth = await kept(join(folder, `${name}.truth-${queries.rows}.npy`), depth, () => {
    console.error(`exact answers of ${name} ...`);
    return exact(rows.data, queries.data, dim, depth).ids;
  }, rows.file);
  return {
    name, law, count, dim, rows: rows.data, file: rows.file,
    queries: pieces(queries.data, dim), truth: pieces(truth.data, depth),
  };
}

/** The table in `file`, made by `make` where it is not there, or older than what it was made of. */
async function kept(file, columns, make, source) {
  const [made, from] = await Promise.all([file, source].map((path) => (path ? stat(path).catch(() => null) : null)));
  if (!made || (from && from.mtimeMs > made.mtimeMs)) await writeNpy(file, make(), columns);
  return { ...(await readNpy(file)), file };
}

function pieces(data, width) {
  return Array.from({ length: data.length / width }, (_, at) => data.subarray(at * width, (at + 1) * width));
}

function normalise(vector) {
  const length = Math.hypot(...vector) || 1;
  for (let x = 0; x < vector.length; x++) vector[x] /= length;
}
