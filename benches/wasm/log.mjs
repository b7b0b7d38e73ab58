// An interaction log of any size, the same on every run: items in clusters of a hundred, people with two or three tastes.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const AGES = ['18-24', '25-34', '35-44', '56+'];
const A_CLUSTER = 100;
const EVENTS_A_PERSON = 30;
const START = 1_700_000_000;

/** Item number `number` of a catalogue. */
export const item = (number) => `item-${String(number).padStart(6, '0')}`;

/** Writes `log.csv` and `users.csv` for `items` items into `folder`. */
export async function writeLog(folder, items) {
  const random = dice(items);
  const below = (n) => Math.floor(random() * n);
  const clusters = Math.ceil(items / A_CLUSTER);
  const users = ['user,age'];
  const log = createWriteStream(join(folder, 'log.csv'));
  log.write('user,item,type,timestamp\n');
  for (let person = 0; person < items; person++) {
    const age = below(AGES.length);
    users.push(`u${person},${AGES[age]}`);
    const tastes = [(age * 7) % clusters, below(clusters), below(clusters)];
    let time = START + below(60 * 86_400);
    let lines = '';
    for (let step = EVENTS_A_PERSON / 2 + below(EVENTS_A_PERSON); step > 0; step--) {
      const cluster = random() < 0.1 ? below(clusters) : tastes[below(tastes.length)];
      // The square makes the first items of a cluster the popular ones; still, each is seen by someone.
      const number = step === 1 ? person : cluster * A_CLUSTER + Math.floor(random() ** 2 * A_CLUSTER);
      time += 60 + below(86_400);
      lines += `u${person},${item(number % items)},view,${time}\n`;
    }
    if (!log.write(lines)) await once(log, 'drain');
  }
  log.end();
  await Promise.all([once(log, 'finish'), writeFile(join(folder, 'users.csv'), `${users.join('\n')}\n`)]);
}

/** Mulberry32. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
