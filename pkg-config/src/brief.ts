/** Owns a profile's blob cut to a size, for stores that hold little. The blob's layout is `src/profile/blob.rs`'s. */

/** The seed of the device and the version of the blob, which stand in front. */
const HEAD_BYTES = 5;
/** Most bytes of the counts of all lists, and of the number of pages. */
const COUNTS = 16;
/** Bytes behind the last list that is cut: epoch and model, and no cards. */
const TAIL_BYTES = 21;

/** Most exposures: four pages of twelve. */
const MAX_EXPOSURES = 48;

/** Bytes that any cut profile needs. */
export const LEAST_ROOM = HEAD_BYTES + COUNTS + TAIL_BYTES;

/**
 * The newest of everything, in `room` bytes: events first, then hidden items, the context, what was
 * shown and what was bought; no item cards.
 * @param stored as a store's `save` gets it
 * @param events at most so many of them
 * @param room at least {@link LEAST_ROOM}
 */
export function brief(stored: Uint8Array, events: number, room: number): Uint8Array {
  let at = HEAD_BYTES;
  const number = (): number => {
    let [value, unit] = [0, 1];
    for (; stored[at]! > 0x7f; unit *= 0x80) value += (stored[at++]! & 0x7f) * unit;
    return value + stored[at++]! * unit;
  };
  const text = (): void => {
    const length = number();
    at += length;
  };
  let left = room - LEAST_ROOM;
  const parts: Uint8Array[] = [stored.subarray(0, HEAD_BYTES)];
  /** Passes a list and takes its last entries that fit. Entries stand for themselves, so they are taken as they are. */
  const take = (pass: () => void, most = Infinity): void => {
    const entries = Array.from({ length: number() }, () => {
      const from = at;
      pass();
      return stored.subarray(from, at);
    });
    let first = entries.length;
    while (first > 0 && entries.length - first < most && entries[first - 1]!.length <= left) left -= entries[--first]!.length;
    const taken = entries.slice(first);
    parts.push(varint(taken.length), ...taken);
  };
  take(() => (text(), number(), number()), events);
  take(text);
  take(() => (text(), text()));
  const turn = at;
  number();
  parts.push(stored.subarray(turn, at));
  take(() => (number(), number()), MAX_EXPOSURES);
  take(number);
  const tail = at;
  number();
  number();
  parts.push(stored.subarray(tail, at), varint(0));
  const cut = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((to, part) => (cut.set(part, to), to + part.length), 0);
  return cut;
}

function varint(value: number): Uint8Array {
  const bytes = [];
  for (; value > 0x7f; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, value);
}
