// bundle.mjs SRC NPM RECALL: TypeScript entries to JavaScript, with esbuild.
// SRC    pkg-config/src
// NPM    folder of the package's code; glue.js and the wasm files lie there already, the glue goes into core.js
// RECALL folder of the files for pages without a bundler
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const [src, npm, recall] = process.argv.slice(2);
const common = { bundle: true, target: 'es2022', logLevel: 'warning', legalComments: 'none', charset: 'utf8' };

/** The boundary, with the generated glue, and the wasm stay files of their own beside the entries, so that bundlers see them once. */
const filesBeside = {
  name: 'files-beside',
  setup(plugin) {
    plugin.onResolve({ filter: /(^|\/)(core\.js|(core|search)(_baseline)?_bg\.wasm)$/ }, ({ path }) => ({
      path: `./${basename(path)}`,
      external: true,
    }));
  },
};

/** One file that holds the glue as well. */
const glueInside = {
  name: 'glue-inside',
  setup(plugin) {
    plugin.onResolve({ filter: /(^|\/)glue\.js$/ }, ({ importer }) => ({
      path: join(npm, importer.includes('search') ? 'search-glue.js' : 'glue.js'),
    }));
  },
};

await build({ ...common, entryPoints: [join(src, 'core.ts')], outdir: npm, format: 'esm', plugins: [glueInside] });

const entry = (name) => join(src, 'entry', `${name}.ts`);

await build({
  ...common,
  entryPoints: ['web', 'node', 'workerd', 'slim'].map(entry),
  outdir: npm,
  format: 'esm',
  external: ['node:*'],
  plugins: [filesBeside],
});

await build({
  ...common,
  entryPoints: ['search-web', 'search-node', 'search-workerd'].map(entry),
  outdir: npm,
  format: 'esm',
  external: ['node:*'],
  plugins: [filesBeside, glueInside],
});

// require() cannot load the glue, which is a module: these entries carry it.
for (const name of ['node', 'search-node']) {
  await build({
    ...common,
    entryPoints: [entry(name)],
    outfile: join(npm, `${name}.cjs`),
    format: 'cjs',
    platform: 'node',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [glueInside],
  });
}

for (const [name, file] of [
  ['recall', 'recall.js'],
  ['search-page', 'search.js'],
]) {
  await build({
    ...common,
    entryPoints: [entry(name)],
    outfile: join(recall, file),
    format: 'esm',
    minify: true,
    plugins: [glueInside],
  });
}

for (const glue of ['glue.js', 'search-glue.js']) await rm(join(npm, glue));
