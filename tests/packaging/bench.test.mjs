// The arithmetic of `cargo xtask bench search`: a wrong median or recall would be a wrong claim in docs/search.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossover, fastest, frontier, median, recall } from '../../benches/search/lib/figures.mjs';
import { drawn } from '../../benches/search/lib/laws.mjs';
import { exact } from '../../benches/search/lib/truth.mjs';
import * as onGpu from '../../benches/search/report/gpu.mjs';
import { crossings, linesOf, plot } from '../../benches/search/report/plot.mjs';
import { ratio, targets } from '../../benches/search/report/targets.mjs';

test('medians do not depend on order and refuse nothing', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 2, 9, 1]), 5.5);
  assert.throws(() => median([]));
});

test('recall counts each wanted id once, within the first k of both', () => {
  const truth = Int32Array.of(4, 3, 2, 1);
  assert.equal(recall([1, 2, 3, 4], truth, 4), 1);
  assert.equal(recall([4, 4, 4, 9], truth, 4), 0.25);
  assert.equal(recall(BigUint64Array.of(3n, 2n), truth, 2), 0.5);
  assert.equal(recall(['4', '9', '3'], truth, 2), 0.5, 'what comes after k does not count');
  assert.equal(recall([], truth, 4), 0);
});

test('the fastest is the fastest of those that find enough', () => {
  const rows = [{ recall: 0.9, ms: 1 }, { recall: 0.96, ms: 3 }, { recall: 0.99, ms: 2 }];
  assert.equal(fastest(rows, 0.95).ms, 2);
  assert.equal(fastest(rows, 0.995), undefined);
  assert.deepEqual(frontier(rows).map(({ ms }) => ms), [1, 2]);
});

test('ratios are taken within rounds: a slow machine slows both', () => {
  assert.equal(ratio({ rounds: [1, 10, 3] }, { rounds: [2, 20, 6] }), 0.5);
});

test('lines cross where both say the same', () => {
  const [steep, level] = [[[1e3, 1], [1e5, 100]], [[1e3, 10], [1e5, 10]]];
  assert.ok(Math.abs(crossover(level, steep) - 1e4) < 1e-6);
  assert.equal(crossover(steep, level), undefined, 'it begins below');
});

test('exact answers are the best by dot product, ties by id', () => {
  const rows = Float32Array.of(1, 0, 0, 1, 1, 0, -1, 0);
  const { ids, kept } = exact(rows, Float32Array.of(1, 0.5, 0, -1), 2, 3);
  assert.equal(kept, 3);
  assert.deepEqual([...ids], [0, 2, 1, 0, 2, 3]);
});

test('sets are the same on every run, small ones the beginning of large ones', () => {
  const [small, large] = [drawn('clustered', 'rows', 3), drawn('clustered', 'rows', 5)];
  assert.deepEqual(large.subarray(0, small.length), small);
  assert.notDeepEqual(drawn('clustered', 'queries', 3), small);
  for (const law of ['clustered', 'isotropic']) {
    const square = drawn(law, 'rows', 1).reduce((sum, x) => sum + x * x, 0);
    assert.ok(Math.abs(square - 1) < 1e-6);
  }
});

test('every target of a run is judged, and a missing side is not a pass', () => {
  const row = (name, k, ms, recall) => ({ name, k, effort: 1, ms, recall, rounds: [ms, ms] });
  const peer = (name, kind, bytes, load) => ({ name, kind, lane: 'cells', bytes, load_ms: load, load_rounds: [load] });
  const set = {
    law: 'clustered', count: 100_000, floors: { int8: { ratio: 1.2, ms: 1, native_ms: 1, native: '' }, f16: { ratio: 2, ms: 1, copy_ms: 1 } },
    peers: [peer('mine', 'ours', 7_100_000, 1), peer('hnswlib-wasm', 'wasm', 4e7, 100), peer('hnswlib-node', 'native', 4e7, 100)],
    rows: [
      row('mine', 10, 0.01, 0.96), row('mine', 10, 0.02, 0.995), row('mine', 100, 0.1, 0.97),
      row('hnswlib-wasm', 10, 0.1, 0.97), row('hnswlib-wasm', 100, 0.2, 0.97), row('hnswlib-node', 10, 0.03, 0.985),
    ],
  };
  const met = targets([set]).list.map(({ met }) => met);
  assert.deepEqual(met, [true, false, true, true, true, true, false]);
  const alone = targets([{ ...set, peers: set.peers.slice(0, 1), floors: {} }]).list;
  assert.deepEqual(alone.map(({ met }) => met), [undefined, undefined, true, undefined, undefined, undefined, undefined]);
  assert.match(plot([set]), /<polyline class="cells line"/);
  const lines = linesOf([set], 10);
  assert.deepEqual(lines, { cells: [[100_000, 0.01]], peer: [[100_000, 0.1]] });
  assert.equal(crossings({ ...lines, flat: [[100_000, 1]] }), 'Faster than the flat scan: cells at every size from 100k on');
});

/** What `gpu/examples/throughput` leaves: a million rows in half precision, read at 1,280 GB/s. */
function onAdapter(changes = {}) {
  const of = (rows, ms) => ({ rows, dim: 64, code: 'f16', bytes: rows * 128, checked: 16, widened: 0, fallbacks: 0, one: { queries: 1, wait_ms: 2 * ms, kernel_ms: ms }, many: { queries: 256, wait_ms: 25 * ms, kernel_ms: 10 * ms } });
  return { bench: 'gpu', adapter: 'Card 5000 <fast>', software: false, peak_gbs: 2000, measured: [of(1_000_000, 0.1), of(1_000, 0.02)], ...changes };
}

test('a real GPU is judged by its own clock and drawn with what a caller waits for', () => {
  const [share, times] = onGpu.targets(onAdapter());
  assert.deepEqual([share.met, times.met], [true, true]);
  assert.match(share.found, /^64 % \(1280 GB\/s of 2000/);
  assert.match(times.found, /^25\.6 times .*20\.5 times as a caller waits/);
  assert.deepEqual(onGpu.targets(onAdapter({ peak_gbs: 4000 })).map(({ met }) => met), [false, true]);
  assert.deepEqual(onGpu.lineOf(onAdapter()), [[1_000, 0.04], [1_000_000, 0.2]]);
  const picture = plot([], onAdapter());
  assert.match(picture, /<polyline class="gpu line"/);
  assert.ok(!picture.includes('<fast>'), 'a name is no markup');
  assert.match(onGpu.printed(onAdapter()), /32 answers of the GPU were those of the exact scan/);
});

test('without a real GPU, a clock, a peak or the rows, nothing is claimed', () => {
  const [{ one, many, ...large }] = onAdapter().measured;
  const dumb = { ...large, one: { ...one, kernel_ms: null }, many };
  for (const [gpu, why] of [
    [undefined, /no Vulkan adapter here/],
    [{ bench: 'gpu', adapter: null, reason: 'none', measured: [] }, /no Vulkan adapter here/],
    [onAdapter({ software: true, adapter: 'llvmpipe' }), /not yet measured on real hardware \(software adapter here: llvmpipe/],
    [onAdapter({ measured: [dumb] }), /no clock/],
    [onAdapter({ measured: [] }), /no run over 1000000 rows/],
  ]) {
    const list = onGpu.targets(gpu);
    assert.deepEqual(list.map(({ met }) => met), [undefined, undefined]);
    assert.ok(list.every(({ found }) => why.test(found)), list.map(({ found }) => found).join(' | '));
  }
  assert.deepEqual(onGpu.targets(onAdapter({ peak_gbs: undefined })).map(({ met }) => met), [undefined, true]);
  const software = onAdapter({ software: true, adapter: 'llvmpipe' });
  assert.deepEqual(onGpu.lineOf(software), []);
  assert.match(onGpu.remark(software), /not yet measured on real hardware/);
  const cells = { law: 'clustered', count: 1000, peers: [{ name: 'mine', kind: 'ours', lane: 'cells' }], rows: [{ name: 'mine', k: 10, ms: 1, recall: 1, rounds: [1] }] };
  const picture = plot([cells], software);
  assert.ok(!picture.includes('class="gpu line"') && picture.includes('gpu: not yet measured on real hardware'));
});

test('what was judged elsewhere stands among the targets of the run', () => {
  const { list, text } = targets([], onGpu.targets(undefined));
  assert.equal(list.length, 3);
  assert.match(text, /NOT MEASURED +GPU, 1M rows in f16: one query/);
});
