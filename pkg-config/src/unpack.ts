/** Owns the way from the core's columns to the objects an application reads. */
import type { Answer } from './core.js';
import { CHANNELS, type Channel, type Reason, type Recommendation } from './results.js';
import type { EventType } from './types.js';

/** One object per result, best first. */
export function unpack(answer: Answer): Recommendation[] {
  const { keys, whySeed: seeds, whyType: types } = answer;
  let next = 0;
  return Array.from(answer.scores, (score, row) => {
    const why: Reason[] = [];
    for (const end = next + answer.whyCounts[row]!; next < end; next++) {
      const reason: Reason = { channel: CHANNELS[answer.whyChannel[next]!]!, share: answer.whyShare[next]! };
      if (seeds[next]) reason.seed = seeds[next]!;
      if (types[next]) reason.type = types[next] as EventType;
      why.push(reason);
    }
    const channels = CHANNELS.filter((_, bit) => (answer.channels[row]! >> bit) & 1);
    const from = row * CHANNELS.length;
    const ranks = Object.fromEntries(channels.map((channel) => [channel, answer.ranks[from + CHANNELS.indexOf(channel)]!]));
    return { id: keys[row]!, score, channel: strongest(answer.shares.subarray(from), channels), channels, ranks, why };
  });
}

/** Puts display fields into the results: for each its values in the order of `names`. */
export function showFields(list: Recommendation[], names: string[], values: string[][]): void {
  list.forEach((result, row) => {
    const pairs = values[row]!.map((value, at) => [names[at], value]);
    if (pairs.length > 0) result.card = Object.fromEntries(pairs.filter(([, value]) => value));
  });
}

/** The channel that gave most of the score; ties go to the earlier channel. */
function strongest(shares: Float32Array, channels: Channel[]): Channel {
  const share = (channel: Channel): number => shares[CHANNELS.indexOf(channel)]!;
  return channels.reduce((best, channel) => (share(channel) > share(best) ? channel : best));
}
