// bundle.mjs SRC NPM RECALL: TypeScript entries to JavaScript, with esbuild.
// SRC    pkg-config/src
// NPM    folder of the package's code; glue.js and the wasm files lie there already, the glue goes into core.js
// RECALL folder of the files for pages without a bundler
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const [src, npm, recall] = process.argv.slice(2);
const common = { bundle: true, target: 'es2022', logLevel: 'warning', legalComments: 'none', charset: 'utf8' };

/** The boundary, with the generated glue, and the wasm stay files of their own beside the entries, so that bundlers see them once. */
const filesBeside = {
  name: 'files-beside',
  setup(plugin) {
    plugin.onResolve({ filter: /(^|\/)(core\.js|(core|search|webgpu)(_baseline)?_bg\.wasm)$/ }, ({ path }) => ({
      path: `./${basename(path)}`,
      external: true,
    }));
  },
};

/** The glue that a module means, by the name of its folder or its own. */
function glueOf(importer) {
  const [name] = /(search|webgpu)(?=-[a-z]+\.ts$|\/[^/]+$)/.exec(importer) ?? [];
  return name ? `${name}-glue.js` : 'glue.js';
}

/** One file that holds the glue as well. */
const glueInside = {
  name: 'glue-inside',
  setup(plugin) {
    plugin.onResolve({ filter: /(^|\/)glue\.js$/ }, ({ importer }) => ({
      path: join(npm, glueOf(importer)),
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

// The GPU search, where its wasm was built.
const pages = [
  ['recall', 'recall.js'],
  ['search-page', 'search.js'],
];
const glues = ['glue.js', 'search-glue.js'];
if (existsSync(join(npm, 'webgpu-glue.js'))) {
  await build({
    ...common,
    entryPoints: ['webgpu-web', 'webgpu-node'].map(entry),
    outdir: npm,
    format: 'esm',
    external: ['node:*'],
    plugins: [filesBeside, glueInside],
  });
  pages.push(['webgpu-page', 'webgpu.js']);
  glues.push('webgpu-glue.js');
}

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

for (const [name, file] of pages) {
  await build({
    ...common,
    entryPoints: [entry(name)],
    outfile: join(recall, file),
    format: 'esm',
    minify: true,
    plugins: [glueInside],
  });
}

for (const glue of glues) await rm(join(npm, glue));
