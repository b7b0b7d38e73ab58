// Where the peers were installed, and the patience there is with one that builds. Owns no peer.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder with the peers' `node_modules`: `cargo xtask bench search` names it. */
const root = process.env.EDGE_RECALL_BENCH_PEERS ?? '.';

/** Path of an installed file, as `package/file`. */
export const file = (name) => join(root, 'node_modules', name);

/** An ES module by its file, whatever its package exports. */
export const load = (name) => import(pathToFileURL(file(name)));

/** A CommonJS package. */
export const need = (name) => createRequire(join(root, 'package.json'))(name);

/** The installed version of a package. */
export const versionOf = async (name) => JSON.parse(await readFile(file(`${name}/package.json`))).version;

/** Seconds that one build may take. */
const MOST_SECONDS = 60 * Number(process.env.EDGE_RECALL_BENCH_BUILD_MINUTES ?? 45);

/** Calls `add(first, last)` for pieces of `count` rows; gives up when what is done tells that all would take too long. */
export function inPieces(count, piece, add) {
  const start = performance.now();
  for (let first = 0; first < count; first += piece) {
    const last = Math.min(first + piece, count);
    add(first, last);
    const seconds = (performance.now() - start) / 1000;
    const all = (seconds * count) / last;
    if (seconds > 10 && all > MOST_SECONDS) {
      throw new Error(`building would take ${Math.round(all / 60)} minutes; EDGE_RECALL_BENCH_BUILD_MINUTES allows more`);
    }
  }
}
