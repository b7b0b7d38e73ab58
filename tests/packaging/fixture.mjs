// A small shop's interaction log, the same on every run: items in clusters, people who stay near their favourite ones,
// and a taste that leans by age and gender, so that every channel has something to find.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const CLUSTERS = 10;
/** Sizes of the shop: one that is read whole, and one whose builds have cells in leaves. */
const SMALL = { perCluster: 32, people: 420 };
export const LARGE = { perCluster: 600, people: 1000 };
/** A shop where every other step goes back to an item of before. */
export const RETURNING = { ...SMALL, back: 0.5 };
const AGES = ['18-24', '25-34', '35-44', '56+'];
const START = 1_700_000_000;

/** Item number `i` of cluster `c`. */
export const item = (c, i) => `c${c}-${String(i).padStart(2, '0')}`;

/** The cluster an item belongs to. */
export const clusterOf = (id) => Number(id.slice(1).split('-')[0]);

/** The cluster that a crowd prefers above all others. */
export const favouriteOf = (age, gender) => (AGES.indexOf(age) * 2 + (gender === 'F' ? 1 : 0)) % CLUSTERS;

/** Writes `log.csv` and `users.csv` into `folder`; another `seed` gives another build of the same shop. */
export async function writeFixture(folder, seed = 1, { perCluster, people, back = 0 } = SMALL) {
  const random = dice(seed);
  const below = (n) => Math.floor(random() * n);
  const users = ['user,age,gender'];
  const log = [];
  for (let person = 0; person < people; person++) {
    const [age, gender] = [AGES[below(AGES.length)], random() < 0.5 ? 'F' : 'M'];
    users.push(`u${person},${age},${gender}`);
    const near = [favouriteOf(age, gender), below(CLUSTERS)];
    let time = START + below(60 * 86_400);
    const met = [];
    const fresh = () => {
      const cluster = random() < 0.06 ? below(CLUSTERS) : near[below(near.length)];
      // The square makes the first items of a cluster the popular ones.
      const id = item(cluster, Math.floor(random() ** 2 * perCluster));
      return met.includes(id) ? fresh() : id;
    };
    for (let step = 8 + below(20); step > 0; step--) {
      const id = met.length > 0 && random() < back ? met[below(met.length)] : fresh();
      met.push(id);
      time += 60 + below(86_400);
      log.push(`u${person},${id},view,${time}`);
    }
  }
  await writeFile(join(folder, 'users.csv'), `${users.join('\n')}\n`);
  await writeFile(join(folder, 'log.csv'), `user,item,type,timestamp\n${log.join('\n')}\n`);
}

/** Writes a catalogue with a title for every item, and an address for those of even number. */
export async function writeCatalogue(file, { perCluster }) {
  const rows = ['item,title,url'];
  for (let cluster = 0; cluster < CLUSTERS; cluster++) {
    for (let number = 0; number < perCluster; number++) {
      const id = item(cluster, number);
      rows.push(`${id},"No. ${number}, of ${cluster}",${number % 2 ? '' : `/p/${id}`}`);
    }
  }
  await writeFile(file, `${rows.join('\n')}\n`);
}

/** What the catalogue of the small shop says of an item: a category, a number and tags. */
export function attributesOf(id) {
  const [cluster, number] = id.slice(1).split('-').map(Number);
  return { cluster: `k${cluster}`, number, tags: number % 2 ? ['odd'] : ['even', 'paired'] };
}

/** Writes that catalogue. */
export async function writeAttributes(file) {
  const ids = Array.from({ length: CLUSTERS * SMALL.perCluster }, (_, at) => item(at % CLUSTERS, Math.floor(at / CLUSTERS)));
  const rows = ids.map((id) => [id, ...Object.values(attributesOf(id)).map((value) => [value].flat().join('|'))].join());
  await writeFile(file, `item,cluster,number,tags\n${rows.join('\n')}\n`);
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
