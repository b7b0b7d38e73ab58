// The shipped wasm in Node, its artefacts side by side: a cold visit, warm recommend(), and the scan alone.
//
//   node benches/wasm/bench.mjs [open|scan|recall] [--against DIST]...
//
// EDGE_RECALL_DIST       the `dist` folder of `cargo xtask package`
// EDGE_RECALL_BUILDER    the command `edge-recall`; without it the shards that are there have to do
// EDGE_RECALL_BENCH_OUT  where shards are kept and JSON is left
// Every `--against` names the `dist` folder of another build of the package, to compare with.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { writeLog } from './log.mjs';
import { K, MINUTE, artefact, ask, history, openCore, openRecall } from './runtime.mjs';

const run = promisify(execFile);
const LOGS = [5_000, 20_000];
const COLD_RUNS = 9;
const WARM_ROUNDS = 300;
const ALONE_ROUNDS = 60;
/** A catalogue with every channel there is, asked with as long a history as a profile keeps. */
const EVERYTHING = 'everything-40000';
const EVENTS = 500;
const TYPES = ['view', 'view', 'click', 'cart'];
/** Minutes from one event to the next: ten a day. */
const PAUSE = 144;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string', multiple: true, default: [] } },
});
const out = resolve(process.env.EDGE_RECALL_BENCH_OUT ?? 'target/bench');
const dists = [process.env.EDGE_RECALL_DIST ?? 'dist', ...values.against].map((dist) => resolve(dist));
const FILES = { simd: 'core_bg.wasm', baseline: 'core_baseline_bg.wasm' };
const copies = join(out, 'artefacts');
await rm(copies, { recursive: true, force: true });
const artefacts = [];
for (const [at, dist] of dists.entries()) {
  for (const [name, file] of Object.entries(FILES)) {
    const title = at === 0 ? name : `${name} of ${basename(dist)}`;
    artefacts.push(await artefact(title, dist, file, join(copies, `${at}-${name}`)));
  }
}
const wanted = (name) => positionals.length === 0 || positionals.includes(name);
const rows = [];

await main();

async function main() {
  await makeFromLogs();
  const folders = await shards();
  if (folders.length === 0) throw new Error('no shards: set EDGE_RECALL_BUILDER, or write some with `cargo xtask bench`');
  console.log(`\n${''.padEnd(46)}${artefacts.map(({ name }) => name.padStart(22)).join('')}`);
  for (const folder of folders) {
    const label = basename(folder);
    if (wanted('open')) await cold(folder, label);
    if (wanted('recall')) for (const triggers of [20, 200]) await stilled(() => warm(folder, label, triggers));
    if (wanted('scan')) await scan(folder, label);
  }
  if (wanted('recall')) await stilled(() => everything(join(out, 'shards', EVERYTHING)));
  const document = { bench: 'wasm', host: `node ${process.version}`, artefacts: artefacts.map(({ name }) => name), rows };
  await writeFile(join(out, 'wasm.json'), `${JSON.stringify(document, null, 1)}\n`);
}

/** A fresh process for every visit, the artefacts in turn. */
async function cold(folder, label) {
  const script = fileURLToPath(new URL('cold.mjs', import.meta.url));
  for (const mode of ['api', 'core']) {
    const seen = artefacts.map(() => ({}));
    for (let round = 0; round < COLD_RUNS; round++) {
      for (const [at, which] of artefacts.entries()) {
        const { stdout } = await run(process.execPath, [script, JSON.stringify(which), folder, mode]);
        for (const [what, ms] of Object.entries(JSON.parse(stdout))) (seen[at][what] ??= []).push(ms);
      }
    }
    for (const what of Object.keys(seen[0])) {
      report(`${label}: cold, ${mode === 'core' ? 'core ' : ''}${what}`, seen.map((times) => times[what]));
    }
  }
}

/** recommend() again and again in one process, the artefacts in turn; all must answer alike, to the bit. */
async function warm(folder, label, triggers) {
  const recalls = [];
  for (const which of artefacts) {
    const recall = await (await openRecall(which, folder))();
    recall.observe('view', history(triggers));
    recalls.push(recall);
  }
  const answers = recalls.map(async (recall) => (await recall.recommend({ k: K })).map(({ id, score }) => [id, score]));
  sameAnswers(await Promise.all(answers));
  const times = artefacts.map(() => []);
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const [at, recall] of recalls.entries()) times[at].push(await timed(() => recall.recommend({ k: K })));
  }
  report(`${label}: recommend(), ${triggers} triggers`, times);
}

/**
 * recommend() over every channel, in turns with one exact scan of the same catalogue; then each channel alone, which tells
 * where the time goes: what all of them share (resolving the history, fusion, reasons) is in each.
 */
async function everything(folder) {
  const recalls = [];
  for (const which of artefacts) {
    const recall = await (await openRecall(which, folder))();
    recall.setContext({ age: '25-34' });
    for (const [place, key] of history(EVENTS).entries()) {
      Date.now = () => (MINUTE - PAUSE * (EVENTS - 1 - place)) * 60_000;
      recall.observe(TYPES[place % TYPES.length], key);
    }
    recalls.push(recall);
  }
  const answers = await Promise.all(recalls.map((recall) => recall.recommend({ k: K })));
  sameAnswers(answers.map((answer) => answer.map(({ id, score }) => [id, score])));
  const [full, scans] = [artefacts.map(() => []), artefacts.map(() => [])];
  const cores = await scanners(folder);
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const [at, recall] of recalls.entries()) {
      full[at].push(await timed(() => recall.recommend({ k: K })));
      scans[at].push(await timed(() => cores[at].finish(ask('recommend', 10))));
    }
  }
  const label = basename(folder);
  report(`${label}: recommend(), ${EVENTS} events`, full);
  report(`${label}: scan, k = 10`, scans);
  const ratios = full.map((times, at) => median(times) / median(scans[at]));
  console.log(`${label}: recommend() in scans`.padEnd(46) + ratios.map((ratio) => ratio.toFixed(1).padStart(22)).join(''));
  const name = `${label}: recommend() in scans`;
  rows.push({ what: name, columns: Object.fromEntries(ratios.map((ratio, at) => [artefacts[at].name, { ratio }])) });
  await alone(recalls, folder, label);
  await eventful(recalls, label);
}

/** The same with an event before each call, so that no answer can be the one before. */
async function eventful(recalls, label) {
  const times = recalls.map(() => []);
  for (let round = 0; round < ALONE_ROUNDS; round++) {
    for (const [at, recall] of recalls.entries()) {
      recall.observe(TYPES[round % TYPES.length], history(EVENTS)[(round * 7) % EVENTS]);
      times[at].push(await timed(() => recall.recommend({ k: K })));
    }
  }
  report(`${label}: recommend() after an event`, times);
}

/** Each channel of the build, all others off. */
async function alone(recalls, folder, label) {
  const { fusion } = JSON.parse(await readFile(join(folder, 'recall.json')));
  const all = [...fusion.weights.map(({ channel }) => channel), 'popular'];
  for (const channel of all) {
    const channels = Object.fromEntries(all.filter((other) => other !== channel).map((other) => [other, 0]));
    const times = recalls.map(() => []);
    for (let round = 0; round < ALONE_ROUNDS; round++) {
      for (const [at, recall] of recalls.entries()) times[at].push(await timed(() => recall.recommend({ k: K, channels })));
    }
    report(`${label}:   ${channel} alone`, times);
  }
}

/** Cores that can do nothing but scan: no tables, no lists, a user vector that is a plain mean. */
async function scanners(folder) {
  const scanOnly = (manifest) => {
    manifest.tables = [];
    for (const channel of ['walk', 'repeat', 'retarget', 'tags', 'peers']) delete manifest[channel];
    manifest.tower.kind = 'pool';
    manifest.fusion = { depth: 10, weights: [{ channel: 'u2i', weight: 1 }] };
  };
  const cores = [];
  for (const which of artefacts) {
    const { core } = await openCore(which, folder, scanOnly);
    core.observe('view', history(3), MINUTE);
    cores.push(core);
  }
  sameAnswers(cores.map((core) => core.finish(ask('recommend', 10))).map(({ keys, scores }) => [keys, scores]));
  return cores;
}

async function scan(folder, label) {
  const cores = await scanners(folder);
  const times = artefacts.map(() => []);
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const [at, core] of cores.entries()) times[at].push(await timed(() => core.finish(ask('recommend', 10))));
  }
  report(`${label}: scan, k = 10`, times);
}

/** `work` while the clock stands at the minute of every visit, unless it turns the clock itself. */
async function stilled(work) {
  const clock = Date.now;
  Date.now = () => MINUTE * 60_000;
  try {
    await work();
  } finally {
    Date.now = clock;
  }
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.round((list.length - 1) / 2)];
}

function sameAnswers(answers) {
  assert.ok(answers[0].length > 0 && answers[0][0].length > 0);
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
}

/** One line of the table: medians, the 95th percentile, and the ratio to the first artefact. */
function report(what, times) {
  const columns = times.map((list) => {
    const sorted = list.toSorted((a, b) => a - b);
    const at = (share) => sorted[Math.round((sorted.length - 1) * share)];
    return { median_ms: at(0.5), p95_ms: at(0.95), samples: sorted.length };
  });
  for (const column of columns) column.ratio = column.median_ms / columns[0].median_ms;
  const cell = ({ median_ms, p95_ms, ratio }) =>
    `${median_ms.toFixed(2)} (${p95_ms.toFixed(2)}) x${ratio.toFixed(2)}`.padStart(22);
  console.log(what.padEnd(46) + columns.map(cell).join(''));
  rows.push({ what, columns: Object.fromEntries(columns.map((column, at) => [artefacts[at].name, column])) });
}

/** Has the builder make shards from generated logs; they are kept until the builder changes. */
async function makeFromLogs() {
  const builder = process.env.EDGE_RECALL_BUILDER;
  if (!builder) return;
  const made = (await stat(builder)).mtimeMs;
  for (const items of LOGS) {
    const folder = join(out, `shards/log-${items}`);
    const kept = await stat(join(folder, 'recall.json')).catch(() => null);
    if (kept && kept.mtimeMs > made) continue;
    console.log(`building shards of ${items} items ...`);
    const source = join(out, `logs/${items}`);
    await mkdir(source, { recursive: true });
    await writeLog(source, items);
    const [log, users] = ['log.csv', 'users.csv'].map((name) => join(source, name));
    await run(builder, ['build', '--quiet', '--log', log, '--users', users, '--out', `${folder}.new`]);
    await rm(folder, { recursive: true, force: true });
    await rename(`${folder}.new`, folder);
  }
}

/** All there are, made from logs or written by the native benchmark, small ones first. */
async function shards() {
  const size = (name) => Number(name.split('-')[1]);
  const names = await readdir(join(out, 'shards')).catch(() => []);
  const whole = names.filter((name) => /^(log|generated)-\d+$/.test(name)).sort((a, b) => size(a) - size(b));
  return whole.map((name) => join(out, 'shards', name));
}
