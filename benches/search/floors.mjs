// What the machine allows, beside what ours takes, in turns: a native scan of as many 8-bit rows, and wasm's own memory.copy
// of as many bytes as the half-precision rows have.
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from './lib/figures.mjs';

const ROUNDS = Number(process.env.EDGE_RECALL_BENCH_ROUNDS ?? 7);
/** As many as the native scan takes: a processor that has just waited for another process needs some to be at its speed. */
const REPEATS = 400;
const K = 10;

/**
 * `(module (memory (export "m") 0) (func (export "c") (param i32 i32 i32)
 *   local.get 0 local.get 1 local.get 2 memory.copy))`
 */
const COPIER = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 7, 1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0, // type: (i32 i32 i32)
  3, 2, 1, 0, // one function of it
  5, 3, 1, 0, 0, // a memory of no page
  7, 9, 2, 1, 0x6d, 2, 0, 1, 0x63, 0, 0, // exports m, c
  10, 14, 1, 12, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 10, 0, 0, 0x0b,
);

/** Figures of `set`, as far as they can be had: `{ int8: { ms, native_ms, native, rounds }, f16: {...} }`. */
export async function floors(set, contenders, folder) {
  const flat = (code) => contenders.find(({ peer }) => peer.lane === 'flat' && peer.code === code);
  const found = {};
  const native = process.env.EDGE_RECALL_BENCH_FLOOR;
  if (native && set.dim % 64 === 0) {
    const scan = await nativeScan(native, set, folder);
    found.int8 = inTurns(flat('int8') && (() => searched(flat('int8'), set)), scan, 'native_ms');
    Object.assign(found.int8, { bytes: set.count * set.dim, native: scan.which, kernel_ms: scan.kernel_ms });
  }
  const bytes = set.count * set.dim * 2;
  found.f16 = inTurns(flat('f16') && (() => searched(flat('f16'), set)), copier(bytes), 'copy_ms');
  found.f16.bytes = bytes;
  return found;
}

/** Both sides once a round; `ratio` is the median of what the rounds say. Without our side, the floor alone. */
function inTurns(ours, floor, title) {
  const rounds = Array.from({ length: ROUNDS }, () => ({ ms: ours?.(), floor: floor() }));
  const middle = (of) => median(rounds.map(of));
  const result = { [title]: middle(({ floor }) => floor) };
  return ours ? { ...result, ms: middle(({ ms }) => ms), ratio: middle(({ ms, floor }) => ms / floor) } : result;
}

/** Median milliseconds of a search through the public function. */
function searched({ index }, { queries }) {
  const search = index.at(0);
  const times = [];
  for (let turn = 0; turn < REPEATS; turn++) {
    const start = performance.now();
    search(queries[turn % queries.length], K);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** Median milliseconds of copying `bytes` bytes within one wasm memory. */
function copier(bytes) {
  const { m, c } = new WebAssembly.Instance(new WebAssembly.Module(COPIER)).exports;
  m.grow(Math.ceil((2 * bytes) / 65_536));
  new Uint8Array(m.buffer).fill(1);
  return () => {
    const times = [];
    for (let turn = 0; turn < REPEATS; turn++) {
      const start = performance.now();
      c(bytes, 0, bytes);
      times.push(performance.now() - start);
    }
    return median(times);
  };
}

/** Rows in 8 bits with a scale each, as ours has them, for `floor.rs`, which is a process of its own every round. */
async function nativeScan(native, set, folder) {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${set.name}.rows`);
  await writeFile(file, packed(set));
  const ask = () => JSON.parse(execFileSync(native, [file, String(K)], { encoding: 'utf8' }));
  const { which, kernel_ms } = ask();
  return Object.assign(() => ask().ms, { which, kernel_ms });
}

/** Words of 4 bytes: rows, dimensions; a query; a scale a row; then the codes. */
function packed({ rows, count, dim, queries }) {
  const head = 8 + dim * 4 + count * 4;
  const bytes = new ArrayBuffer(head + count * dim);
  new Uint32Array(bytes, 0, 2).set([count, dim]);
  new Float32Array(bytes, 8, dim).set(queries[0]);
  const scales = new Float32Array(bytes, 8 + dim * 4, count);
  const codes = new Int8Array(bytes, head);
  for (let row = 0; row < count; row++) {
    const from = row * dim;
    let top = 0;
    for (let x = from; x < from + dim; x++) top = Math.max(top, Math.abs(rows[x]));
    scales[row] = top / 127;
    for (let x = from; x < from + dim; x++) codes[x] = Math.round(rows[x] / (top / 127 || 1));
  }
  return new Uint8Array(bytes);
}
