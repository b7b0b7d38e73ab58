// gzip-sizes.mjs FILE...: one line of JSON, [{ file, raw, gzip }], as a host with gzip at level 9 would send them.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const sizes = process.argv.slice(2).map(async (file) => {
  const bytes = await readFile(file);
  return { file, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
});
process.stdout.write(JSON.stringify(await Promise.all(sizes)));
