// A shop whose people come back to what they know, through the packed package: what they have seen may come back, too.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { channelsOf, imported, shards, shardsOfReturning } from './harness.mjs';
import { HISTORY } from './visit.mjs';

let load, folder;

before(async () => {
  [{ load }, folder] = await Promise.all([imported(), shardsOfReturning()]);
  assert.ok((await channelsOf(folder)).includes('repeat'), 'the builder saw that they come back');
});

const ids = (list) => list.map(({ id }) => id);
const known = (list) => HISTORY.filter((id) => ids(list).includes(id));

async function visitor(from) {
  const recall = await load(from, { budget: { ms: Infinity } });
  HISTORY.forEach((id) => recall.observe('view', id));
  return recall;
}

test('by default the history is offered again, and says why', async () => {
  const recall = await visitor(folder);
  const list = await recall.recommend({ k: 50 });
  assert.deepEqual(known(list), HISTORY);
  const again = list.filter(({ channels }) => channels.includes('repeat'));
  assert.deepEqual(ids(again).sort(), [...HISTORY].sort());
  for (const { id, why } of again) assert.ok(why.some(({ channel, seed }) => channel === 'repeat' && seed === id), id);
  for await (const step of recall.recommendSteps({ k: 50 })) assert.deepEqual(ids(step), ids(list));
});

test('who asks for new items gets none but new ones', async () => {
  const recall = await visitor(folder);
  assert.deepEqual(known(await recall.recommend({ k: 50, exclude: ['seen'] })), []);
  assert.deepEqual(known(await recall.recommend({ k: 50, exclude: [HISTORY[0]] })), HISTORY.slice(1));
  recall.observe('hide', HISTORY[0]);
  assert.deepEqual(known(await recall.recommend({ k: 50 })), HISTORY.slice(1), 'hidden items never come back');
});

test('where nobody comes back, what was seen stays away', async () => {
  const shop = await shards(1);
  assert.ok(!(await channelsOf(shop)).includes('repeat'));
  assert.deepEqual(known(await (await visitor(shop)).recommend({ k: 50 })), []);
});
