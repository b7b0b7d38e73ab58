// One visit, made alike on every host; what it saw comes back as plain JSON. Runs in pages and workers: no imports.

/** The crowd that the visitor belongs to. */
export const CONTEXT = { age: '25-34', gender: 'F' };
/** What the visitor looked at, oldest first. */
export const HISTORY = ['c7-00', 'c7-03', 'c2-01'];
/** All hosts make their visit in the same minute, so that ages, and with them scores, agree. */
const NOW = Date.UTC(2025, 0, 2, 3, 4, 5);

/** @param load the package's `load`; everything else goes to it */
export async function visit(load, url, options) {
  const clock = Date.now;
  Date.now = () => NOW;
  try {
    return await steps(await load(url, options), await load(url, options));
  } finally {
    Date.now = clock;
  }
}

async function steps(recall, other) {
  recall.setContext(CONTEXT);
  const first = await recall.recommend({ k: 12 });
  HISTORY.forEach((id) => recall.observe('view', id));
  const personal = await recall.recommend({ k: 50 });
  const seenToo = await recall.recommend({ k: 50, exclude: [] });
  const similar = await recall.similar('c4-02', { k: 8 });
  const similarToTwo = await recall.similar(['c4-02', 'c5-02'], { k: 8 });
  const trending = await recall.trending({ k: 10 });
  const blob = recall.profile.export();
  recall.observe('hide', personal[0].id);
  const hidden = await recall.recommend({ k: 50, exclude: [] });
  recall.profile.forget(HISTORY[0]);
  const forgotten = await recall.recommend({ k: 50, exclude: [] });
  recall.profile.clear();
  recall.setContext(CONTEXT);
  const cleared = await recall.recommend({ k: 12 });
  // Two instances on one page are two visitors; a profile can move from one to the other.
  other.profile.import(blob);
  const [moved, concurrent] = await Promise.all([other.recommend({ k: 50 }), other.trending({ k: 10 })]);
  // Without a context, as the command line asks.
  other.profile.clear();
  HISTORY.forEach((id) => other.observe('view', id));
  const plain = await other.recommend({ k: 50 });
  return {
    first: rows(first),
    personal: rows(personal),
    seenToo: rows(seenToo),
    similar: rows(similar),
    similarToTwo: rows(similarToTwo),
    trending: rows(trending),
    hidden: rows(hidden),
    forgotten: rows(forgotten),
    cleared: rows(cleared),
    moved: rows(moved),
    concurrent: rows(concurrent),
    plain: rows(plain),
    stats: { first: first.stats, personal: personal.stats },
    profileBytes: blob.length,
    errors: await wrongUses(recall),
  };
}

/** Every way of calling it wrongly, and what was said. */
async function wrongUses(recall) {
  const calls = [
    () => recall.observe('klick', 'a'),
    () => recall.observe('view', 7),
    () => recall.observe('view', ''),
    () => recall.setContext({ age: 25 }),
    () => recall.recommend({ k: 0 }),
    () => recall.recommend({ exclude: 8 }),
    () => recall.similar(null),
    () => recall.profile.import(new Uint8Array([9, 9, 9])),
    () => recall.recommend({ signal: AbortSignal.abort() }),
  ];
  const said = [];
  for (const call of calls) {
    try {
      await call();
      said.push('nothing');
    } catch (error) {
      said.push(`${error.name} ${error.code ?? ''} ${error.message}`);
    }
  }
  return said;
}

/** Scores as the 32 bits they are made of. */
function rows(list) {
  const bits = new Int32Array(Float32Array.from(list, (result) => result.score).buffer);
  return list.map(({ id, channel, channels, ranks, why }, at) => ({ id, bits: bits[at], channel, channels, ranks, why }));
}
