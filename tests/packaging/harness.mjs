// What the host tests share: the packed package in a project of its own, shards from the real builder, a counting server.
// EDGE_RECALL_TARBALL the packed package; EDGE_RECALL_BUILDER the command `edge-recall`.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, resolve, sep } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { LARGE, RETURNING, writeAttributes, writeCatalogue, writeFixture } from './fixture.mjs';
import { HISTORY } from './visit.mjs';

const run = promisify(execFile);
const WEIGHTS = { i2i: 1, ease: 0.8, next: 0.7, last: 0.6, rank: 0.6, walk: 0.5, repeat: 0.4, retarget: 0.3, u2i: 0.9, crowd: 0.1, popular: 0.1 };
const endings = [];
// Registered here and not where things begin: a hook that is added inside another hook ends with that hook.
after(() => Promise.all(endings.map((end) => end())));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json' };
TYPES['.wasm'] = 'application/wasm';

/** Has `end` called when the tests of this file are over. */
export function atEnd(end) {
  endings.push(end);
}

/** A folder that is gone when the tests are over. */
export async function scratch() {
  const folder = await mkdtemp(join(tmpdir(), 'edge-recall-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh npm project that depends on the packed package and nothing else. */
export async function project() {
  const folder = await scratch();
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const quiet = ['--no-audit', '--no-fund', '--offline', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...quiet, setting('EDGE_RECALL_TARBALL')], { cwd: folder });
  return folder;
}

/** The packed package, imported into this process. */
export async function imported() {
  const app = await project();
  await writeFile(join(app, 'proxy.mjs'), "export * from 'edge-recall';");
  return import(pathToFileURL(join(app, 'proxy.mjs')).href);
}

/** Builds shards of the fixture; returns their folder. */
export async function shards(seed) {
  return build(await scratch(), seed);
}

/** Builds shards of the fixture with attributes; returns their folder. */
export async function shardsWithAttributes(seed) {
  const folder = await scratch();
  const items = join(folder, 'items.csv');
  await writeAttributes(items);
  return build(folder, seed, undefined, ['--items', items]);
}

/** Builds shards of a shop whose people come back to what they know. */
export async function shardsOfReturning() {
  return build(await scratch(), 1, RETURNING);
}

/** The smallest files, so that even this shop has many cells, in leaves; short vectors, so that it is built soon. */
const MANY_CELLS = '[shards]\ntarget = "1KB"\n[model]\ndim = 24\nbits = 4\n';

/** Builds shards of a larger shop in many cells; another target cuts other cells of the same vectors. */
export async function manyCells(seed, target = '1KB') {
  const folder = await scratch();
  const config = join(folder, 'recall.toml');
  await writeFile(config, MANY_CELLS.replace('1KB', target));
  return build(folder, seed, LARGE, ['--config', config]);
}

/** The same with display fields for the items. */
export async function manyCellsWithFields(seed) {
  const folder = await scratch();
  const [config, items] = [join(folder, 'recall.toml'), join(folder, 'items.csv')];
  await writeFile(config, MANY_CELLS.replace('[model]', 'cards = ["title", "url"]\n[model]'));
  await writeCatalogue(items, LARGE);
  return build(folder, seed, LARGE, ['--config', config, '--items', items]);
}

async function build(folder, seed, size, options = []) {
  await writeFixture(folder, seed, size);
  const [log, users, out] = ['log.csv', 'users.csv', 'recall'].map((name) => join(folder, name));
  await run(setting('EDGE_RECALL_BUILDER'), ['build', '--log', log, '--users', users, '--out', out, ...options]);
  await letAllChannelsSpeak(join(out, 'recall.json'));
  return out;
}

/** So small a shop teaches the builder to do without some channels; here each that it has must be heard, and agree on every host. */
async function letAllChannelsSpeak(path) {
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  manifest.fusion.weights = Object.entries(WEIGHTS).map(([channel, weight]) => ({ channel, weight }));
  await writeFile(path, JSON.stringify(manifest));
}

/** The channels that a build can answer by. */
export async function channelsOf(folder) {
  const { tables, vectors, walk, repeat } = JSON.parse(await readFile(join(folder, 'recall.json'), 'utf8'));
  const others = Object.entries({ u2i: vectors, walk, repeat, crowd: true }).filter(([, part]) => part);
  return [...tables.map(({ channel }) => channel), ...others.map(([channel]) => channel)];
}

/** The answer of the command line to the visit's history: `[{ id, bits }]`. */
export async function nativeAnswer(folder) {
  const args = ['recommend', folder, '--history', HISTORY.join(), '-k', '50', '--json'];
  const { stdout } = await run(setting('EDGE_RECALL_BUILDER'), args);
  const { results } = JSON.parse(stdout);
  // JSON holds the shortest decimal that reads back as the same 32 bits.
  const bits = new Int32Array(Float32Array.from(results, ({ score }) => score).buffer);
  return results.map(({ id }, at) => ({ id, bits: bits[at] }));
}

/**
 * Serves folders on 127.0.0.1 and counts.
 * @param mounts `{ '/recall/': folder }`; the longest prefix wins, and a folder may be exchanged while it is served
 * @param headers sent with every answer
 * @param types content types by ending, `{ '.wasm': 'text/plain' }`, where they are not the right ones
 */
export async function serve(mounts, headers = {}, types = {}) {
  const counts = {};
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    counts[path] = (counts[path] ?? 0) + 1;
    const prefix = Object.keys(mounts).sort((a, b) => b.length - a.length).find((start) => path.startsWith(start));
    const root = prefix && resolve(mounts[prefix]);
    const file = root && join(root, path.slice(prefix.length) || 'index.html');
    const body = file?.startsWith(root + sep) ? await readFile(file).catch(() => null) : null;
    const type = { ...TYPES, ...types }[extname(file ?? '')] ?? 'application/octet-stream';
    response.writeHead(body ? 200 : 404, { 'content-type': type, 'cache-control': 'no-store', ...headers });
    response.end(body ?? 'not here');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, port: server.address().port, counts };
}

/** A required environment variable. */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`cargo xtask test\` sets it`);
  return value;
}
