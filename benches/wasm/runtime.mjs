// One wasm file of one build of the package, started in this process, and the visit that every measurement makes.
import { copyFile, cp, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { item } from './log.mjs';

export const K = 20;
/** Every visit is made in the same minute, so that ages, and with them scores, agree. */
export const MINUTE = 28_000_000;

/**
 * A copy of the package in `dist` that starts `file`. Glue holds one wasm, so two artefacts in one process need two copies
 * of the glue; and a package that is built anew meanwhile does no harm.
 */
export async function artefact(name, dist, file, folder) {
  await cp(join(dist, 'npm'), folder, { recursive: true });
  await copyFile(join(dist, 'npm/dist', file), join(folder, 'dist/core_bg.wasm'));
  return { name, folder };
}

/** The public API over files in memory: what is measured is the runtime and not the disk. */
export async function openRecall({ folder }, shards) {
  const { load } = await import(pathToFileURL(join(folder, 'dist/node.js')));
  const files = await filesOf(shards);
  const fetch = async (url) => new Response(files.get(decodeURIComponent(new URL(url).pathname.split('/').pop())));
  return () => load('https://host.invalid/recall/', { fetch });
}

/** The core without the facade, with everything attached; `change` may alter the manifest first. */
export async function openCore({ folder }, shards, change = () => {}) {
  const { default: init, Core } = await import(pathToFileURL(join(folder, 'dist/core.js')));
  const [bytes, files] = [await readFile(join(folder, 'dist/core_bg.wasm')), await filesOf(shards)];
  const manifest = JSON.parse(files.get('recall.json'));
  change(manifest);
  const times = {};
  const timed = async (what, work) => {
    const start = performance.now();
    const result = await work();
    times[what] = (times[what] ?? 0) + performance.now() - start;
    return result;
  };
  await timed('start', () => init({ module_or_path: bytes }));
  const core = await timed('manifest', () => new Core(manifest));
  const refs = [manifest.head, manifest.dir, manifest.crowds, manifest.idmap].filter((ref) => ref);
  const inline = new Map(refs.map(({ name, inline }) => [name, inline]));
  const request = ask('recommend', K);
  for (let plan = core.plan(request); plan.files.length > 0; plan = core.plan(request)) {
    for (const { name, kind } of plan.files) {
      const text = inline.get(name);
      const shard = text ? Buffer.from(text, 'base64') : files.get(`${name}.er`);
      await timed(`attach ${kind}`, () => core.attach(name, shard));
    }
  }
  return { core, times };
}

/** A request to the core. */
export const ask = (task, k) => ({ task, k, minute: MINUTE, exclude: ['seen'] });

/** Items of three clusters, `count` of them. */
export const history = (count) =>
  Array.from({ length: count }, (_, at) => item((at % 3) * 400 + Math.floor(at / 3)));

/** Every file of a build, by its name. */
export async function filesOf(folder) {
  const names = (await readdir(join(folder, 'c'))).map((name) => `c/${name}`);
  const read = async (name) => [name.split('/').pop(), await readFile(join(folder, name))];
  return new Map(await Promise.all(['recall.json', ...names].map(read)));
}
