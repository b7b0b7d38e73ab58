// What a page downloads for a package: the sum of its files, each as `gzip -9` leaves it. Owns no list of files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { file } from '../peers/installed.mjs';

/** Bytes by name, for those of `packages` that run in a page. */
export async function downloads(packages) {
  const found = {};
  for (const { name, kind, download = [], bundle } of packages) {
    if (kind === 'native') continue;
    try {
      const ours = join(process.env.EDGE_RECALL_DIST ?? 'dist', 'npm/dist');
      const paths = download.map((path) => (kind === 'ours' ? join(ours, path) : file(path)));
      const parts = await Promise.all(paths.map((path) => readFile(path)));
      if (bundle) parts.push(await bundled(bundle));
      found[kind === 'ours' ? 'edge-recall/search' : name] = parts.reduce((sum, part) => sum + gzipSync(part, { level: 9 }).length, 0);
    } catch (error) {
      console.error(`MISSING: download of ${name}: ${error.message}`);
    }
  }
  return found;
}

/** A package of many files as one, made small: what a page would really load. */
async function bundled(contents) {
  const { build } = await import('esbuild');
  const stdin = { contents, resolveDir: file('..') };
  const options = { bundle: true, minify: true, format: 'esm', platform: 'browser', write: false, logLevel: 'silent' };
  return (await build({ stdin, ...options })).outputFiles[0].contents;
}
