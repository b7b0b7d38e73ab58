// What one visit must have seen, whichever host made it. See visit.mjs for the visit, fixture.mjs for the shop.
import assert from 'node:assert/strict';
import { clusterOf, favouriteOf } from './fixture.mjs';
import { CONTEXT, HISTORY } from './visit.mjs';

const ids = (list) => list.map((result) => result.id);
const count = (list, cluster) => list.filter((result) => clusterOf(result.id) === cluster).length;

/** Content, cost and errors of one visit to a build with these channels. */
export function checkVisit(seen, channels) {
  checkLists(seen);
  checkReasons(seen.personal, channels);
  const { first, personal } = seen.stats;
  assert.ok(first.requests >= 1 && first.bytes > 1000 && first.rounds >= 1, JSON.stringify(first));
  assert.deepEqual([personal.requests, personal.bytes, personal.missing], [0, 0, []]);
  // Cells are searched for vectors, which not every build has.
  assert.ok(personal.cells >= Number(channels.includes('u2i')) && personal.ms >= 0);
  assert.equal(first.degraded, undefined);
  assert.ok(seen.profileBytes > 10 && seen.profileBytes < 1000);

  const wanted = [
    /^TypeError .*klick.*view, click, like, cart, purchase, hide/,
    /^TypeError .*id/,
    /^TypeError .*id/,
    /^TypeError .*age/,
    /^TypeError .*k must/,
    /^TypeError .*exclude/,
    /^TypeError .*id/,
    /^EdgeRecallError bad-profile ./,
    /^AbortError /,
  ];
  assert.equal(seen.errors.length, wanted.length);
  wanted.forEach((pattern, at) => assert.match(seen.errors[at], pattern));
}

function checkLists(seen) {
  // Cold: the crowd's list, led by what that crowd likes.
  assert.equal(seen.first.length, 12);
  assert.ok(seen.first.every((result) => result.channel === 'crowd' && result.channels.join() === 'crowd'));
  assert.ok(count(seen.first, favouriteOf(CONTEXT.age, CONTEXT.gender)) >= 6, ids(seen.first).join(' '));

  // Personal: led by what the history is about, without the history, every result explained by it or by the crowd.
  const top = seen.personal.slice(0, 10);
  assert.ok(count(top, 7) + count(top, 2) >= 8, ids(top).join(' '));
  assert.equal(new Set(ids(seen.personal)).size, seen.personal.length);
  assert.ok(!HISTORY.some((id) => ids(seen.personal).includes(id)));
  assert.ok(HISTORY.some((id) => ids(seen.seenToo).includes(id)));

  // Similar: the seed's own kind, never the seed, no matter who asks.
  assert.equal(seen.similar.length, 8);
  assert.ok(count(seen.similar, 4) >= 6, ids(seen.similar).join(' '));
  assert.ok(!ids(seen.similar).includes('c4-02'));
  assert.ok(count(seen.similarToTwo, 4) >= 1 && count(seen.similarToTwo, 5) >= 1, ids(seen.similarToTwo).join(' '));
  assert.equal(seen.trending.length, 10);
  assert.deepEqual(ids(seen.trending), ids(seen.first).slice(0, 10));

  // The profile obeys: hidden stays away, forgotten leaves no trace, cleared is new, exported moves whole.
  assert.ok(!ids(seen.hidden).includes(seen.personal[0].id));
  assert.ok(!seen.forgotten.some(({ why }) => why.some((reason) => reason.seed === HISTORY[0])));
  assert.deepEqual(seen.cleared, seen.first);
  assert.deepEqual(seen.moved, seen.personal);
  assert.deepEqual(seen.concurrent, seen.trending);
}

/** Every result is explained, by channels that the build has; which those are is the builder's choice. */
function checkReasons(personal, known) {
  for (const { channel, channels, ranks, why } of personal) {
    assert.deepEqual(Object.keys(ranks), channels);
    assert.ok(channels.includes(channel) && channels.every((name) => known.includes(name)), `${channels} of ${known}`);
    const shares = why.map((reason) => reason.share);
    assert.ok(why.length > 0 && shares.every((share, at) => share > 0 && share <= (shares[at - 1] ?? 1)), shares.join());
    assert.ok(why.every((reason) => channels.includes(reason.channel)));
    for (const { seed, type } of why) {
      assert.ok(seed === undefined ? type === undefined : HISTORY.includes(seed) && type === 'view');
    }
  }
  const heard = [...new Set(personal.flatMap((result) => result.channels))];
  assert.ok(heard.length >= 2);
  // Each rank of a channel is one item's; the answer need not show all of them.
  for (const name of heard) {
    const ranks = personal.flatMap((result) => result.ranks[name] ?? []);
    assert.ok(ranks.every((rank) => Number.isInteger(rank) && rank > 0) && new Set(ranks).size === ranks.length, `${name}: ${ranks}`);
  }
}

/** The same to the bit: ids, scores, reasons. Only times may differ. */
export function checkParity(seen, reference) {
  for (const [name, list] of Object.entries(reference)) {
    if (Array.isArray(list)) assert.deepEqual(seen[name], list, name);
  }
}
