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
    plugin.onResolve({ filter: /(^|\/)core(\.js|(_baseline)?_bg\.wasm)$/ }, ({ path }) => ({
      path: `./${basename(path)}`,
      external: true,
    }));
  },
};

/** One file that holds the glue as well. */
const glueInside = {
  name: 'glue-inside',
  setup(plugin) {
    plugin.onResolve({ filter: /(^|\/)glue\.js$/ }, () => ({ path: join(npm, 'glue.js') }));
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

// require() cannot load the glue, which is a module: this entry carries it.
await build({
  ...common,
  entryPoints: [entry('node')],
  outfile: join(npm, 'node.cjs'),
  format: 'cjs',
  platform: 'node',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [glueInside],
});

await build({
  ...common,
  entryPoints: [entry('recall')],
  outfile: join(recall, 'recall.js'),
  format: 'esm',
  minify: true,
  plugins: [glueInside],
});

await rm(join(npm, 'glue.js'));
