// The exact answer: every row against every query, sums in double precision. Owns no files.

/** Ids of the `k` best rows by dot product for each query, best first, ties by id: `queries x k`. */
export function exact(rows, queries, dim, k) {
  const [count, asked] = [rows.length / dim, queries.length / dim];
  const kept = Math.min(k, count);
  const ids = new Int32Array(asked * kept);
  for (let query = 0; query < asked; query++) {
    ids.set(best(rows, queries.subarray(query * dim, (query + 1) * dim), dim, kept), query * kept);
  }
  return { ids, kept };
}

/** Insertion into a short sorted list: after the first rows hardly any row gets past the worst one. */
function best(rows, query, dim, k) {
  const q = Float64Array.from(query);
  const scores = new Float64Array(k).fill(-Infinity);
  const ids = new Int32Array(k).fill(-1);
  for (let row = 0, from = 0; from < rows.length; row++, from += dim) {
    let [a, b] = [0, 0];
    for (let x = 0; x < dim; x += 2) {
      a += q[x] * rows[from + x];
      b += x + 1 < dim ? q[x + 1] * rows[from + x + 1] : 0;
    }
    const score = a + b;
    if (score <= scores[k - 1]) continue;
    let place = k - 1;
    for (; place > 0 && scores[place - 1] < score; place--) {
      scores[place] = scores[place - 1];
      ids[place] = ids[place - 1];
    }
    scores[place] = score;
    ids[place] = row;
  }
  return ids;
}
