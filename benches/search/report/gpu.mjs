// The GPU search in words and as a line: from the JSON of `gpu/examples/throughput`, or nothing where no adapter was found. A
// software adapter proves answers and no speed, so it is neither drawn nor judged.

/** The targets: rows in half precision, queries together, share of the memory's bandwidth, times the throughput of one. */
const LARGE = 1_000_000;
const CODE = 'f16';
const [LEAST_SHARE, LEAST_TIMES] = [0.5, 20];

/** What is judged: `[{ what, found, wanted, met }]`; `met` is unknown where nothing real was measured. */
export function targets(gpu) {
  const what = `GPU, ${LARGE / 1e6}M rows in ${CODE}`;
  const share = { what: `${what}: one query, share of the memory's bandwidth`, wanted: `at least ${100 * LEAST_SHARE} %` };
  const times = { what: `${what}: throughput of 256 queries, of one query's`, wanted: `at least ${LEAST_TIMES} times` };
  const large = gpu?.measured.find(({ rows, code }) => rows === LARGE && code === CODE);
  const why = isReal(gpu) ? unmeasured(large) : absence(gpu);
  if (why) return [share, times].map((target) => ({ ...target, found: why }));
  const { one, many, bytes } = large;
  const rate = bytes / one.kernel_ms / 1e6;
  share.found = `${rate.toFixed(0)} GB/s`;
  if (gpu.peak_gbs) {
    const found = rate / gpu.peak_gbs;
    Object.assign(share, { found: `${(100 * found).toFixed(0)} % (${share.found} of ${gpu.peak_gbs}; ${gpu.adapter})`, met: found >= LEAST_SHARE });
  } else {
    share.found += ' of an unknown peak: EDGE_RECALL_GPU_PEAK_GBS was not given';
  }
  const gain = (clock) => (many.queries * one[clock]) / many[clock];
  times.found = `${gain('kernel_ms').toFixed(1)} times (${ms(one.kernel_ms)}; ${ms(many.kernel_ms)}; ${gain('wait_ms').toFixed(1)} times as a caller waits)`;
  times.met = gain('kernel_ms') >= LEAST_TIMES;
  return [share, times];
}

/** `[[rows, ms]]` of one query as a caller waits for it; nothing where the adapter is not real. */
export function lineOf(gpu) {
  const points = isReal(gpu) ? gpu.measured.filter(({ code }) => code === CODE) : [];
  return points.map(({ rows, one }) => [rows, one.wait_ms]).toSorted((a, b) => a[0] - b[0]);
}

/** What has to stand beside the plot. */
export function remark(gpu) {
  return isReal(gpu) ? `gpu: ${gpu.adapter}, natively, ${CODE}, with what a caller waits for` : `gpu: ${absence(gpu)}`;
}

/** The table and the verdicts, for the screen. */
export function printed(gpu) {
  const head = ['rows', 'code', 'one: waits', 'GPU', 'GB/s', '256: waits', 'GPU', 'widened', 'fallbacks'];
  const lines = gpu.measured.map(({ rows, code, bytes, one, many, widened, fallbacks }) => [
    rows, code, ms(one.wait_ms), ms(one.kernel_ms), one.kernel_ms ? (bytes / one.kernel_ms / 1e6).toFixed(1) : '–',
    ms(many.wait_ms), ms(many.kernel_ms), widened, fallbacks,
  ]);
  const table = [head, ...lines].map((words) => words.map((word) => `${word}`.padStart(13)).join(''));
  const verdict = ({ met }) => (met === undefined ? 'NOT MEASURED' : met ? 'met' : 'NOT MET');
  const judged = targets(gpu).map((one) => `${verdict(one).padEnd(14)}${one.what}: ${one.found}, wanted ${one.wanted}`);
  const checked = gpu.measured.reduce((sum, one) => sum + one.checked, 0);
  const same = `${checked} answers of the GPU were those of the exact scan, ids and scores`;
  return [gpu.adapter ?? `no adapter: ${gpu.reason}`, ...table, same, ...judged].join('\n');
}

const isReal = (gpu) => Boolean(gpu?.adapter) && !gpu.software;

/** Why nothing real was measured. */
function absence(gpu) {
  const here = gpu?.adapter ? `software adapter here: ${gpu.adapter}` : 'no Vulkan adapter here';
  return `not yet measured on real hardware (${here})`;
}

/** Why a real adapter's figures do not do. */
function unmeasured(large) {
  if (!large) return `no run over ${LARGE} rows`;
  return large.one.kernel_ms && large.many.kernel_ms ? undefined : 'the device has no clock, or no search was certain at once';
}

const ms = (time) => (typeof time === 'number' ? `${time.toFixed(3)} ms` : '–');
