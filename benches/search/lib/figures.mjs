// The arithmetic of the bench: medians, recall, ratios. Owns no clock and no files, so that a test can hold it.

/** Middle of a list that is not empty; of two middles, their mean. */
export function median(list) {
  if (list.length === 0) throw new Error('no median of nothing');
  const sorted = Float64Array.from(list).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Share of the first `k` ids of `truth` that are among the first `k` ids `found`. */
export function recall(found, truth, k) {
  const wanted = new Set(truth.slice(0, k));
  let met = 0;
  for (let at = 0; at < Math.min(k, found.length); at++) if (wanted.delete(Number(found[at]))) met += 1;
  return met / Math.min(k, truth.length);
}

/** The least `ms` among `rows` that reach `least` recall, or nothing. */
export function fastest(rows, least) {
  const reaching = rows.filter((row) => row.recall >= least);
  return reaching.reduce((best, row) => (best && best.ms <= row.ms ? best : row), undefined);
}

/** Rows that no other row beats in both time and recall, by time. */
export function frontier(rows) {
  const sorted = rows.toSorted((a, b) => a.ms - b.ms || b.recall - a.recall);
  let best = -1;
  return sorted.filter((row) => row.recall > best && ((best = row.recall), true));
}

/** The `x` where the line through `a` comes to lie below that through `b`; both `[x, y]` lists, straight on log-log paper. */
export function crossover(a, b) {
  const others = new Map(b.map(([x, y]) => [x, Math.log(y)]));
  const gaps = a.filter(([x]) => others.has(x)).map(([x, y]) => [Math.log(x), Math.log(y) - others.get(x)]);
  for (let at = 1; at < gaps.length; at++) {
    const [[x0, gap0], [x1, gap1]] = [gaps[at - 1], gaps[at]];
    if (gap0 > 0 && gap1 <= 0) return Math.exp(x0 + ((x1 - x0) * gap0) / (gap0 - gap1));
  }
  return undefined;
}
