// Rules of an answer and pages of several lists, through the packed package: every answer is checked by what the items are.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { attributesOf } from './fixture.mjs';
import { imported, nativeAnswer, shardsWithAttributes } from './harness.mjs';
import { troubled } from './trouble.mjs';
import { HISTORY } from './visit.mjs';

const ids = (list) => list.map(({ id }) => id);
const clusters = (list) => list.map(({ id }) => attributesOf(id).cluster);
const most = (values) => Math.max(...values.map((value) => values.filter((other) => other === value).length));
const bits = (list) => [...new Int32Array(Float32Array.from(list, ({ score }) => score).buffer)];

describe('rules', () => {
  let load, folder, recall;

  before(async () => {
    ({ load } = await imported());
    folder = await shardsWithAttributes(1);
    recall = await visitor(folder);
  });

  async function visitor(url, options) {
    const recall = await load(url, { budget: { ms: Infinity }, ...options });
    HISTORY.forEach((id) => recall.observe('view', id));
    return recall;
  }

  /** Every question under the same options. */
  async function answers(options) {
    const steps = [];
    for await (const step of recall.recommendSteps(options)) steps.push(step);
    return [await recall.recommend(options), ...steps, await recall.similar('c4-02', options), await recall.trending(options)];
  }

  test('where: every result is all of it, and a list is full where enough items are', async () => {
    const where = { cluster: ['k2', 'k7'], number: { min: 4, max: 20 }, tags: 'odd' };
    assert.equal((await recall.recommend({ k: 12, where })).length, 12);
    for (const list of await answers({ k: 8, where })) {
      assert.ok(list.length > 0);
      for (const { id } of list) {
        const { cluster, number, tags } = attributesOf(id);
        assert.ok(['k2', 'k7'].includes(cluster) && number >= 4 && number <= 20 && tags.includes('odd'), id);
      }
    }
    const numbers = async (number) => new Set(ids(await recall.recommend({ k: 50, where: { number } })).map((id) => attributesOf(id).number));
    assert.deepEqual(await numbers(true), new Set([1]));
    assert.deepEqual([...(await numbers([0, 5, { min: 31 }]))].sort(), [0, 31, 5]);
    assert.equal((await recall.recommend({ where: { colour: 'red' } })).length, 0, 'the build has no such attribute');
  });

  test('without: no result is any of it', async () => {
    const without = { cluster: 'k7', number: { max: 2 }, tags: ['paired'] };
    for (const list of await answers({ k: 8, without })) {
      assert.equal(list.length, 8);
      for (const { id } of list) {
        const { cluster, number, tags } = attributesOf(id);
        assert.ok(cluster !== 'k7' && number > 2 && !tags.includes('paired'), id);
      }
    }
  });

  test('boost: what is boosted stands before all else, and keeps its score', async () => {
    const plain = await recall.recommend({ k: 40 });
    const score = new Map(plain.map(({ id, score }) => [id, score]));
    const odd = { where: { tags: 'odd' }, by: 100 };
    const list = await recall.recommend({ k: 40, boost: [odd] });
    const last = list.findLastIndex(({ id }) => attributesOf(id).tags.includes('odd'));
    const first = list.findIndex(({ id }) => !attributesOf(id).tags.includes('odd'));
    assert.ok(first === -1 || last < first, ids(list).join(' '));
    assert.notDeepEqual(ids(list), ids(plain));
    const known = list.filter(({ id }) => score.has(id));
    assert.ok(known.length > 10 && known.every(({ id, score: own }) => own === score.get(id)));
    const sunk = await recall.recommend({ k: 40, boost: [{ ...odd, by: 0 }] });
    assert.ok(!attributesOf(sunk[0].id).tags.includes('odd'));
  });

  test('pin: at its place whatever else holds, unless it may not come back', async () => {
    for (const list of await answers({ k: 6, pin: { 0: 'c9-31', 4: 'c9-30' }, where: { cluster: 'k2' } })) {
      assert.ok(list.length > 2);
      assert.deepEqual([list[0].id, list[Math.min(4, list.length - 1)].id], ['c9-31', 'c9-30']);
      assert.deepEqual(clusters(list).filter((cluster) => cluster !== 'k2'), ['k9', 'k9']);
    }
    const away = await recall.recommend({ pin: { 0: HISTORY[0], 1: 'c9-31', 2: 'stranger' }, exclude: ['seen', 'c9-31'] });
    assert.ok(!ids(away).some((id) => [HISTORY[0], 'c9-31', 'stranger'].includes(id)));
    // Without a channel, a pin alone brings it.
    const off = { i2i: 0, ease: 0, next: 0, last: 0, u2i: 0 };
    const [alone] = await recall.similar('c4-02', { pin: { 0: 'c9-31' }, channels: off, cards: false });
    assert.deepEqual({ ...alone }, { id: 'c9-31', score: 0, channels: [], ranks: {}, why: [] });
    const rival = await visitor(folder);
    rival.observe('hide', 'c9-31');
    assert.ok(!ids(await rival.recommend({ pin: { 0: 'c9-31' } })).includes('c9-31'));
  });

  test('spread: at most so many of one value', async () => {
    for (const list of await answers({ k: 8, spread: { cluster: 2 } })) {
      assert.equal(list.length, 8);
      assert.ok(most(clusters(list)) <= 2 || list.length > 2 * new Set(clusters(list)).size, clusters(list).join(' '));
    }
    assert.ok(most(clusters(await recall.recommend({ k: 8 }))) > 2, 'it would not go without saying');
  });

  test('fallback: a stranger gets the crowd, or nothing', async () => {
    const stranger = await load(folder, { budget: { ms: Infinity } });
    assert.equal((await stranger.recommend({ k: 5 })).length, 5);
    assert.equal((await stranger.recommend({ k: 5, fallback: 'crowd' })).length, 5);
    assert.equal((await stranger.recommend({ k: 5, fallback: 'none' })).length, 0);
    const own = await recall.recommend({ k: 50, fallback: 'none', channels: { u2i: 0 } });
    assert.ok(own.length > 0 && own.every(({ channels }) => !channels.includes('crowd') && !channels.includes('popular')));
    const slots = [{ k: 3 }, { k: 3, channels: { u2i: 0 } }];
    assert.equal((await stranger.recommend({ fallback: 'none', slots })).length, 0);
    await assert.rejects(stranger.recommend({ fallback: 'all' }), TypeError);
  });

  test('diversity, popularity, channels and fusion change what they say', async () => {
    const plain = await recall.recommend({ k: 20 });
    for (const options of [{ diversity: 0.6 }, { popularity: 1 }, { fusion: 'rrf' }, { fusion: 'rounds' }]) {
      const list = await recall.recommend({ k: 20, ...options });
      assert.equal(list.length, 20);
      assert.notDeepEqual(ids(list), ids(plain), JSON.stringify(options));
      assert.equal(new Set(ids(list)).size, 20);
    }
    const rrf = await recall.recommend({ k: 1, fusion: 'rrf' });
    // Ranks count from 61, so that no score is above the weights' sum over 61.
    assert.ok(rrf[0].score < plain[0].score / 10);
    const off = await recall.recommend({ k: 20, channels: { crowd: 0, u2i: 0 } });
    assert.ok(off.every(({ channels }) => !channels.includes('crowd') && !channels.includes('u2i')));
    const share = await recall.recommend({ k: 20, channels: { u2i: 0.1 } });
    assert.ok(share.filter(({ channels }) => channels.includes('u2i')).length <= 2);
  });

  test('rules that bind nothing leave the native answer as it is, to the bit', async () => {
    const native = await nativeAnswer(folder);
    const idle = {
      where: { number: { min: 0 }, tags: ['odd', 'even'] },
      without: { cluster: 'k10' },
      boost: [{ where: { cluster: 'k10' }, by: 3 }],
      pin: { 0: 'stranger' },
      spread: { cluster: 50 },
      diversity: 0,
      popularity: 0,
      channels: { i2i: 1 },
      fusion: 'weighted',
    };
    for (const options of [{}, idle]) {
      const list = await recall.recommend({ k: 50, ...options });
      assert.deepEqual(ids(list).map((id, at) => ({ id, bits: bits(list)[at] })), native);
    }
  });

  test('what cannot be read is told: the rule, and what it must be', async () => {
    for (const [options, told] of [
      [{ where: ['k1'] }, /`where` must be like .*brand/],
      [{ where: { cluster: { least: 3 } } }, /`where` must be like .*"max": 9/],
      [{ without: 'k1' }, /`without` must be/],
      [{ boost: [{ where: { cluster: 'k1' }, by: -1 }] }, /`boost` must be .*0 to 100/],
      [{ boost: { by: 2 } }, /`boost` must be like \[/],
      [{ pin: { first: 'c9-31' } }, /`pin` must be .*places from 0/],
      [{ pin: { 0: 7 } }, /`pin` must be/],
      [{ spread: { cluster: 0 } }, /`spread` must be .*from 1/],
      [{ diversity: 2 }, /`diversity` must be a number from 0 to 1/],
      [{ popularity: Number.NaN }, /`popularity` must be a number from 0 to 1/],
      [{ channels: { crowd: '1' } }, /`channels` must be/],
      [{ fusion: 'blend' }, /`fusion` must be one of weighted, rrf, rounds, quota, mic/],
      [{ slots: [{ k: 3 }, { k: 3, diversity: 2 }] }, /`diversity` must be/],
    ]) {
      const wanted = { name: 'EdgeRecallError', code: 'bad-request', message: told };
      for (const ask of [() => recall.recommend(options), () => recall.similar('c4-02', options), () => recall.trending(options)]) {
        await assert.rejects(ask, wanted, JSON.stringify(options));
      }
    }
    await assert.rejects(recall.recommend({ slots: [{ name: 'top' }] }), { name: 'TypeError', message: /slots\[0\]: k must be/ });
    assert.equal((await recall.recommend()).length, 12, 'the next question is answered');
  });
});

describe('explain', () => {
  let recall;

  before(async () => {
    const { load } = await imported();
    recall = await load(await shardsWithAttributes(3), { budget: { ms: Infinity } });
    HISTORY.forEach((id) => recall.observe('view', id));
  });

  test('a result of the answer as it stands there', async () => {
    const options = { k: 6, without: { tags: 'odd' }, boost: [{ where: { cluster: 'k2' }, by: 2 }] };
    const list = await recall.recommend({ ...options, cards: false });
    for (const [place, result] of list.entries()) {
      assert.deepEqual(await recall.explain(result.id, options), { ...result, place });
    }
  });

  test('what has no place: why, and what it would be', async () => {
    const [first, second] = await recall.recommend({ k: 2, cards: false });
    const { cluster } = attributesOf(second.id);
    for (const [options, held] of [
      [{ k: 1 }, 'depth'],
      [{ exclude: [second.id] }, 'excluded'],
      [{ where: { colour: 'red' } }, 'where'],
      [{ without: { cluster } }, 'without'],
      [{ k: 1, pin: { 0: first.id } }, 'depth'],
    ]) {
      const explained = await recall.explain(second.id, options);
      assert.equal(explained.held, held, JSON.stringify(options));
      assert.equal(explained.place, undefined);
      assert.ok(explained.channels.length > 0 && explained.why.length > 0);
    }
    assert.equal((await recall.explain(HISTORY[0])).held, 'seen');
    const nothing = { score: 0, channels: [], ranks: {}, why: [] };
    assert.deepEqual(await recall.explain('stranger'), { id: 'stranger', held: 'unknown', ...nothing });
    const off = Object.fromEntries(['i2i', 'ease', 'next', 'last', 'walk', 'u2i', 'crowd'].map((name) => [name, 0]));
    assert.deepEqual(await recall.explain('c9-31', { channels: off }), { id: 'c9-31', held: 'unproposed', ...nothing });
    await assert.rejects(recall.explain(''), TypeError);
    await assert.rejects(recall.explain('c9-31', { diversity: 2 }), { code: 'bad-request' });
  });
});

describe('slots', () => {
  let load, folder;

  before(async () => {
    ({ load } = await imported());
    folder = await shardsWithAttributes(2);
  });

  async function visitor(url) {
    const recall = await load(url, { budget: { ms: Infinity } });
    HISTORY.forEach((id) => recall.observe('view', id));
    return recall;
  }

  test('fill a page on which no item stands twice, and over which spread counts', async () => {
    const recall = await visitor(folder);
    const slots = [{ name: 'hero', k: 2 }, { name: 'more', k: 4 }, { k: 4, where: { tags: 'odd' } }];
    const page = await recall.recommend({ spread: { cluster: 2 }, slots });
    assert.deepEqual(page.slots.map(({ name }) => name), ['hero', 'more', undefined]);
    assert.deepEqual(page.slots.map((list) => list.length), [2, 4, 4]);
    assert.deepEqual([...page], page.slots.flat());
    assert.ok(page.slots.every(({ stats }) => stats === page.stats));
    assert.equal(new Set(ids(page)).size, 10);
    assert.ok(most(clusters(page)) <= 2, clusters(page).join(' '));
    assert.ok(page.slots[2].every(({ id }) => attributesOf(id).tags.includes('odd')));
    assert.equal((await recall.recommend({ k: 3 })).slots, undefined);
  });

  test('the first list is the answer without slots; the page is that of one list where nothing differs', async () => {
    const recall = await visitor(folder);
    const [first] = (await recall.recommend({ slots: [{ k: 5 }, { k: 5 }] })).slots;
    const alone = await recall.recommend({ k: 5 });
    assert.deepEqual([...first], [...alone]);
    for (const ask of [(options) => recall.similar('c4-02', options), (options) => recall.trending(options)]) {
      const page = await ask({ slots: [{ k: 3 }, { k: 3 }] });
      assert.deepEqual(ids(page.slots[0]), ids(await ask({ k: 3 })));
      assert.equal(new Set(ids(page)).size, 6);
    }
  });

  test('have rules of their own over those of the question', async () => {
    const recall = await visitor(folder);
    const page = await recall.recommend({
      where: { cluster: 'k2' },
      exclude: [],
      slots: [{ k: 3 }, { k: 3, where: { cluster: 'k4' }, pin: { 1: 'c9-31' } }, { k: 3, where: undefined, exclude: ['seen'] }],
    });
    const [first, second, third] = page.slots.map(clusters);
    assert.deepEqual([first, second, third], [['k2', 'k2', 'k2'], ['k4', 'k9', 'k4'], ['k2', 'k2', 'k2']]);
    assert.ok(!ids(page.slots[2]).some((id) => HISTORY.includes(id)));
  });

  test('cost the files of one question', async () => {
    const host = await troubled(folder);
    const { stats } = await (await visitor(host.url)).recommend({ slots: [{ k: 4 }, { k: 4 }, { k: 4, channels: { u2i: 0 } }] });
    assert.equal(new Set(host.asked).size, host.asked.length, 'no file twice');
    assert.equal(stats.requests, host.asked.length);
    const steps = [];
    const recall = await visitor(host.url);
    for await (const step of recall.recommendSteps({ slots: [{ k: 4 }, { k: 4 }] })) steps.push(step.slots.length);
    assert.ok(steps.length > 0 && steps.every((lists) => lists === 2));
  });
});
