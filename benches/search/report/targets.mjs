// What was set as targets, and whether this run met them. Owns the list; every figure comes from one and the same run.
import { fastest, median } from '../lib/figures.mjs';

const SIZE = 100_000;
const RECALL = 0.95;
/** What a row may weigh. Speed, weight and load are claims about one and the same file: a heavier one does not count for them. */
const MOST_BYTES = 72;

/**
 * `{ list: [{ what, found, wanted, met, beside }], text }`: `met` is unknown where a side is missing. `others` were judged
 * elsewhere and stand at the end.
 */
export function targets(sets, others = []) {
  const list = ['clustered', 'isotropic'].flatMap((law) => {
    const set = sets.find((set) => set.law === law && set.count === SIZE);
    if (!set) return law === 'clustered' ? [{ what: `clustered, ${SIZE} rows`, found: 'not measured', wanted: '' }] : [];
    const all = [...speed(set, 10, 1 / 6), ...speed(set, 100, 1 / 5), ...weight(set), ...rescored(set), ...floors(set)];
    // Near-isotropic data is printed beside and binds nothing.
    return all.map((target) => ({ ...target, what: `${law}: ${target.what}`, beside: law !== 'clustered' }));
  });
  const large = sets.filter(({ law, count }) => law === 'clustered' && count > SIZE).flatMap((set) =>
    floors(set).map((target) => ({ ...target, what: `clustered, ${set.count} rows: ${target.what}`, beside: true })));
  const every = [...list, ...large, ...others];
  return { list: every, text: `\ntargets\n${every.map(line).join('\n')}\n` };
}

/** Rows of a kind of contender for `k`. */
const rowsOf = (set, k, wanted) => {
  const names = new Set(set.peers.filter(wanted).map(({ name }) => name));
  return set.rows.filter((row) => row.k === k && names.has(row.name));
};
const ours = ({ kind }) => kind === 'ours';
const wasm = ({ kind }) => kind === 'wasm';

/** Median over the rounds of the ratio within a round. */
export const ratio = (a, b) => median(a.rounds.map((ms, round) => ms / b.rounds[round]));

/** Our fastest setting at the recall, of the files that are light enough; of all where none of those reaches it. */
function lightest(set, k) {
  const light = ({ kind, bytes }) => kind === 'ours' && bytes <= MOST_BYTES * set.count;
  return fastest(rowsOf(set, k, light), RECALL) ?? fastest(rowsOf(set, k, ours), RECALL);
}

function speed(set, k, most) {
  const [own, peer] = [lightest(set, k), fastest(rowsOf(set, k, wasm), RECALL)];
  const what = `k = ${k} at recall >= ${RECALL}, of the fastest wasm peer's median`;
  if (!own || !peer) return [{ what, found: `nothing of ${own ? 'the peers' : 'ours'} reaches it`, wanted: `at most ${part(most)}` }];
  const found = ratio(own, peer);
  return [{ what, found: `${part(found)} (${said(own)}; ${said(peer)})`, wanted: `at most ${part(most)}`, met: found <= most }];
}

/** Bytes and time to load, of the very file that answers k = 10 fastest. */
function weight(set) {
  const own = lightest(set, 10);
  const about = (name) => set.peers.find((peer) => peer.name === name);
  const [file, peer] = [own && about(own.name), about('hnswlib-wasm')];
  const each = file && file.bytes / set.count;
  const bytes = { what: 'bytes a vector', found: file ? `${each.toFixed(1)} (${file.name})` : 'nothing of ours', wanted: `at most ${MOST_BYTES}` };
  const load = { what: "load with its checksum, of hnswlib-wasm's", found: 'a side is missing', wanted: 'at most 1/50' };
  if (file) bytes.met = each <= MOST_BYTES;
  if (file && peer) {
    const found = median(file.load_rounds.map((ms, round) => ms / peer.load_rounds[round]));
    load.found = `${part(found)} (${file.load_ms.toFixed(2)} ms; ${peer.load_ms.toFixed(1)} ms)`;
    load.met = found <= 1 / 50;
  }
  return [bytes, load];
}

function rescored(set) {
  const own = fastest(rowsOf(set, 10, ours), 0.99);
  const native = fastest(rowsOf(set, 10, ({ name }) => name === 'hnswlib-node'), 0.98);
  const what = 'k = 10 at recall >= 0.99, of native hnswlib at its 0.98';
  if (!own || !native) return [{ what, found: `${own ? 'hnswlib-node' : 'ours'} does not reach it`, wanted: 'less than 1' }];
  const found = ratio(own, native);
  return [{ what, found: `${found.toFixed(2)} (${said(own)}; ${said(native)})`, wanted: 'less than 1', met: found < 1 }];
}

function floors({ floors: { int8, f16 } }) {
  const scan = { what: 'flat int8 scan, of a native one', found: 'a side is missing', wanted: 'at most 1.3' };
  if (int8?.ratio) {
    scan.found = `${int8.ratio.toFixed(2)} (${int8.ms.toFixed(3)} ms; ${int8.native_ms.toFixed(3)} ms by ${int8.native}; our kernel for this processor ${int8.kernel_ms?.toFixed(3)} ms)`;
    scan.met = int8.ratio <= 1.3;
  }
  const read = { what: 'f16 scan, read rate of wasm memory.copy', found: 'a side is missing', wanted: 'at least 70 %' };
  if (f16?.ratio) {
    read.found = `${(100 / f16.ratio).toFixed(0)} % (${f16.ms.toFixed(3)} ms; ${f16.copy_ms.toFixed(3)} ms)`;
    read.met = 1 / f16.ratio >= 0.7;
  }
  return [scan, read];
}

const said = ({ name, effort, recall, ms }) =>
  `${name}${effort > 0 ? ` at ${effort}` : ''}: recall ${recall.toFixed(3)}, ${ms.toFixed(4)} ms`;
const part = (share) => (share > 0 && share < 1 ? `1/${(1 / share).toFixed(1).replace(/\.0$/, '')}` : share.toFixed(2));

/** One line of the verdict. */
function line({ what, found, wanted, met, beside }) {
  const verdict = met === undefined ? 'NOT MEASURED' : met ? 'met' : 'NOT MET';
  return `${(beside ? `(beside) ${verdict}` : verdict).padEnd(22)} ${what}: ${found}, wanted ${wanted}`;
}
