// Searches that Node, a page and a worker make alike, as plain values that can be compared to the bit. Owns no host.

/** Index files below the folder that is asked. */
export const FILES = ['cells', 'linked', 'named'];

/** Answers of every kind of every file, through `open` of some entry point; `at(name)` is where a file lies. */
export async function ask(open, at) {
  // All at once: the wasm must be started once for all of them.
  const indexes = await Promise.all(FILES.map((name) => open(at(name))));
  return indexes.map((index) => {
    const { size, dim, code, metric, cells, kinds, bytes } = index;
    const queries = Float32Array.from({ length: 3 * dim }, (_, place) => ((place * 37 + 11) % 64) / 32 - 1);
    const [one, several] = [queries.subarray(0, dim), queries];
    const answers = kinds.map((kind) => {
      const first = index.search(one, { kind });
      return [
        first,
        index.search(several, { kind, k: 100 }),
        index.search(one, { kind, k: 20, exclude: first.ids }),
        ...index.searchBatch(queries, { kind, k: 7 }),
      ].map(plain);
    });
    const named = [...index.search(one, { k: 3 }).ids].map((id) => index.key(id) ?? null);
    index.free();
    return { facts: { size, dim, code, metric, cells, kinds, bytes }, answers, named };
  });
}

const plain = ({ ids, scores }) => [[...ids], [...new Uint32Array(scores.buffer, scores.byteOffset, scores.length)]];
