// The users of a history and a test file: what they did, in order, and what they should find.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a profile holds: events, bytes of their ids, and days (src/profile/mod.rs). */
const EVENTS = 500;
const KEY_BYTES = 16 * 1024;
const DAYS = 90;
const DAY = 86_400_000;
/** When those events happen that have no time. */
const SOMETIME = 1_700_000_000_000;

/** Users with something to find, in order of appearance; tables of plain fields, as the conversions write them. */
export async function readUsers(history, test) {
  const [past, wanted] = await Promise.all([history, test].map(readRows));
  const timed = past.columns.includes('timestamp');
  const users = new Map();
  const of = (key) => users.get(key) ?? users.set(key, { key, history: [], test: new Set() }).get(key);
  for (const { user, item, type = 'view', timestamp } of past.rows) {
    of(user).history.push({ item, type, time: timed ? Number(timestamp) * 1000 : SOMETIME });
  }
  for (const { user, item } of wanted.rows) of(user).test.add(item);
  const order = (a, b) => a.time - b.time || Buffer.compare(Buffer.from(a.item), Buffer.from(b.item));
  for (const user of users.values()) user.history.sort(order);
  return { timed, users: [...users.values()].filter((user) => user.test.size > 0) };
}

/** Whether a device would still have the whole history at its end. */
export function fits({ history }) {
  const bytes = history.reduce((sum, { item }) => sum + Buffer.byteLength(item), 0);
  const days = history.length > 0 ? (history.at(-1).time - history[0].time) / DAY : 0;
  return history.length <= EVENTS && bytes <= KEY_BYTES && days < DAYS;
}

/** At most `limit` of them, evenly. */
export function spread(users, limit) {
  const count = Math.min(limit, users.length);
  return Array.from({ length: count }, (_, at) => users[Math.floor((at * users.length) / count)]);
}

/** `history.csv` and `test.csv` of some of the users. */
export async function writeUsers(folder, { timed }, users) {
  const seconds = (time) => (timed ? `,${time / 1000}` : '');
  const past = users.flatMap(({ key, history }) =>
    history.map(({ item, type, time }) => `${key},${item},${type}${seconds(time)}`),
  );
  const wanted = users.flatMap(({ key, test }) => [...test].map((item) => `${key},${item}`));
  await writeFile(join(folder, 'history.csv'), `user,item,type${timed ? ',timestamp' : ''}\n${past.join('\n')}\n`);
  await writeFile(join(folder, 'test.csv'), `user,item\n${wanted.join('\n')}\n`);
}

async function readRows(file) {
  const [header, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const columns = header.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((field, at) => [columns[at], field])));
  return { columns, rows };
}
