// Display fields, through the packed package: in a round of their own, for the winners only, never at the answer's cost.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { imported, manyCellsWithFields } from './harness.mjs';
import { troubled } from './trouble.mjs';

const [VEC, CARD] = [3, 7];

describe('display fields', () => {
  let load, folder, vecFiles, cardFiles;

  before(async () => {
    ({ load } = await imported());
    folder = await manyCellsWithFields(1);
    [vecFiles, cardFiles] = [[], []];
    for (const name of await readdir(join(folder, 'c'))) {
      const kind = (await readFile(join(folder, 'c', name))).readUInt16LE(10);
      if (kind === VEC) vecFiles.push(`c/${name}`);
      if (kind === CARD) cardFiles.push(`c/${name}`);
    }
  });

  async function visitor(url, options) {
    const recall = await load(url, { budget: { ms: Infinity }, ...options });
    recall.observe('view', ['c7-00', 'c7-03']);
    return recall;
  }

  /** What the catalogue says of an item. */
  function fieldsOf(id) {
    const [cluster, number] = id.slice(1).split('-').map(Number);
    const title = `No. ${number}, of ${cluster}`;
    return number % 2 ? { title } : { title, url: `/p/${id}` };
  }
  const bare = (list) => list.map(({ id, score }) => [id, score]);

  test('stand on every result; those that are empty are left out', async () => {
    const host = await troubled(folder);
    const list = await (await visitor(host.url)).recommend({ k: 12 });
    for (const { id, card } of list) assert.deepEqual(card, fieldsOf(id), id);
    assert.equal(list.stats.degraded, undefined);
    const fetched = host.asked.filter((path) => cardFiles.includes(path));
    assert.ok(fetched.length > 0 && fetched.length < cardFiles.length / 2, 'the winners\' files, and no others');
    const lastCell = host.asked.findLastIndex((path) => vecFiles.includes(path));
    assert.ok(lastCell > 0 && lastCell < host.asked.indexOf(fetched[0]), 'after the cells');
  });

  test('can be turned off', async () => {
    const host = await troubled(folder);
    const list = await (await visitor(host.url)).recommend({ k: 12, cards: false });
    assert.ok(list.every((result) => !('card' in result)));
    assert.ok(!host.asked.some((path) => cardFiles.includes(path)));
  });

  test('that cannot be had, or not in time, leave the list as it is', async () => {
    const list = await (await visitor(folder)).recommend({ k: 12, cards: false });
    for (const [trouble, degraded] of [['gone', 'missing'], ['html', 'missing'], ['hangs', 'budget']]) {
      const host = await troubled(folder);
      host.trouble = (path) => cardFiles.includes(path) && trouble;
      const recall = await visitor(host.url);
      await recall.recommend({ k: 12, cards: false });
      const without = await recall.recommend({ k: 12, budget: { ms: 300 } });
      assert.equal(without.stats.degraded, degraded, trouble);
      assert.ok(without.every(({ card }) => card === undefined));
      assert.equal(without.length, list.length);
      const shown = await (await visitor(folder)).recommend({ k: 12, cards: false });
      assert.deepEqual(bare(shown), bare(list));
    }
  });

  test('are not asked for where files may tell nothing', async () => {
    const host = await troubled(folder);
    const list = await (await visitor(host.url, { privacy: 'head' })).recommend({ k: 12 });
    assert.equal(list.length, 12);
    assert.deepEqual(host.asked, ['recall.json']);
  });

  test('come with the second step', async () => {
    const host = await troubled(folder);
    const steps = [];
    for await (const step of (await visitor(host.url)).recommendSteps({ k: 12 })) steps.push(step);
    assert.equal(steps.length, 2);
    assert.ok(steps[1].every(({ card }) => card?.title));
  });
});
