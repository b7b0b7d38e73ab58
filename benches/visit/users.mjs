// The users that visits are replayed for: what they saw, what they should find, and the cards of what they saw.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Ids of one command line. */
const BATCH = 500;

/** Users with at least `length` distinct items before what they should find: the newest `length`, oldest first. */
export async function readUsers(site, length, limit) {
  const users = new Map();
  for (const [user, item] of await rows(join(site, 'history.csv'))) {
    const known = users.get(user) ?? { user, history: [], test: new Set() };
    // An item counts where it was met last.
    known.history = [...known.history.filter((id) => id !== item), item];
    users.set(user, known);
  }
  for (const [user, item] of await rows(join(site, 'test.csv'))) users.get(user)?.test.add(item);
  const usable = [...users.values()].filter((user) => user.history.length >= length && user.test.size > 0);
  for (const user of usable) {
    user.history = user.history.slice(-length);
    for (const id of user.history) user.test.delete(id);
  }
  return usable.filter((user) => user.test.size > 0).slice(0, limit);
}

/** Users as `edge-recall evaluate` reads them: the newest `length` items of each, a minute apart, and what it should find. */
export async function writeUsers(history, test, users, length) {
  const seen = users.flatMap(({ user, history }) =>
    history.slice(-length).map((item, place) => `${user},${item},view,${1_700_000_000 + place * 60}`),
  );
  const wanted = users.flatMap(({ user, test }) => [...test].map((item) => `${user},${item}`));
  await writeFile(history, `user,item,type,timestamp\n${seen.join('\n')}\n`);
  await writeFile(test, `user,item\n${wanted.join('\n')}\n`);
}

/** The inline cards of items, by id. */
export async function cardsOf(builder, folder, ids) {
  const cards = new Map();
  const all = [...ids];
  for (let from = 0; from < all.length; from += BATCH) {
    const { stdout } = await run(builder, ['card', folder, ...all.slice(from, from + BATCH), '--json'], { maxBuffer: 1 << 28 });
    for (const line of stdout.split('\n').filter(Boolean)) {
      const { id, card } = JSON.parse(line);
      cards.set(id, card);
    }
  }
  return cards;
}

async function rows(file) {
  const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => line.split(','));
}
