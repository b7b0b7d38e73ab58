/** Owns the boundary to wasm: calls as bytes, answers out of bytes. `src/wasm` is its other side. No decisions. */
import { CHANNELS } from './results.js';
import { Core as Door } from './glue.js';

export { default, initSync } from './glue.js';

/** One file that a request still lacks. */
export interface FileWanted {
  /** 16 characters: the file is `c/<name>.er`. */
  name: string;
  /** Shard kind, for example `vec` or `i2i`. */
  kind: string;
  /** Length of the whole file in bytes. */
  bytes: number;
}

/** What to fetch now, all at once. */
export interface Plan {
  /** Nothing here and `last` false: something is lacking that the rest of the budget does not allow. */
  files: FileWanted[];
  /** Nothing further will be wanted: finish after these. */
  last: boolean;
}

const TASKS = ['recommend', 'similar', 'trending'] as const;
const PRIVACY = ['open', 'head', 'decoy'] as const;

/** One question to the core. */
export interface CoreRequest {
  task: (typeof TASKS)[number];
  k: number;
  /** The items that `similar` starts from. */
  seeds?: string[];
  /** Item keys, and the words `seen`, `purchased`, `cart`. */
  exclude?: string[];
  /** Now, in minutes since 1970: the core reads no clock. */
  minute: number;
  /** What may still be spent on files, in bytes and in number; absent = no limit. */
  bytes?: number;
  files?: number;
  /** Names of files that cannot be had: the plan does without them. */
  lost?: string[];
  /** `head`: only files that are the same for everyone; `decoy`: some cells more, chosen by `device`. */
  privacy?: (typeof PRIVACY)[number];
  /** 32 bits, fixed for a device. */
  device?: number;
  /** What the answer must obey, as `src/mechanism/read.rs` reads it. */
  rules?: object;
  /** Keys of the items that stand on the page already. */
  page?: string[];
}

/** Columns: an entry for each result, or for each reason of all results in one row. */
export interface Answer {
  keys: string[];
  scores: Float32Array;
  /** Bit `i` stands for channel `i` of `CHANNELS`. */
  channels: Uint16Array;
  /** What each channel gave to the score, 0 to 1: `CHANNELS.length` numbers per result. */
  shares: Float32Array;
  /** Its rank in each channel's list, 1 the best, 0 where that did not find it: `CHANNELS.length` numbers per result. */
  ranks: Uint16Array;
  /** Reasons per result; the `why*` fields below hold all reasons in one row. */
  whyCounts: Uint8Array;
  whyChannel: Uint8Array;
  whyShare: Float32Array;
  /** Empty entry: no item is behind this reason. */
  whySeed: string[];
  /** Empty entry: no event is behind this reason. */
  whyType: string[];
  cells: number;
}

const UNLIMITED = 2 ** 32 - 1;
/** Deeper values than any of a manifest or of rules are left out. */
const MAX_DEPTH = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Argument = number | string | string[];

/** The recall engine. Methods throw an `Error` with `code` and, where known, `shard` and `section`. */
export class Core {
  readonly #door = new Door();

  /** @param manifest the parsed `recall.json` */
  constructor(manifest: object) {
    const to: number[] = [];
    putJson(to, manifest, MAX_DEPTH);
    this.#call(0, Uint8Array.from(to));
  }

  plan(request: CoreRequest): Plan {
    const text = decoder.decode(this.#ask(1, request));
    return { files: filesOf(text.slice(1)), last: text[0] === '1' };
  }

  attach(name: string, bytes: Uint8Array): void {
    sound(this.#door.attach(name, bytes));
  }

  finish(request: CoreRequest): Answer {
    return answerOf(this.#ask(2, request).buffer, 0);
  }

  /** Why an item is in the answer, or is not: its place from 1, or 0; the number of what holds it back, or 0; and itself, if known. */
  explain(request: CoreRequest, key: string): { place: number; held: number; answer: Answer } {
    const { buffer } = this.#ask(12, request, key);
    const [place, held] = new Uint32Array(buffer, 0, 2) as unknown as [number, number];
    return { place, held, answer: answerOf(buffer, 8) };
  }

  /** Fills the profile's item cards from what is attached; true when that changed the profile. */
  keep(): boolean {
    return this.#call(3).length > 0;
  }

  /** Display fields of items: for each its values in the order of the manifest's `fields`, or nothing yet; and the files that have more. */
  fields(keys: string[]): { files: FileWanted[]; values: string[][] } {
    const [texts, files] = decoder.decode(this.#call(4, pack(keys))).split('\x1e') as [string, string];
    return { files: filesOf(files), values: texts.split('\n').map((line) => line.split('\x1f').slice(0, -1)) };
  }

  observe(type: string, keys: string[], minute: number): void {
    this.#call(5, pack(type, minute, keys));
  }

  /** Takes an item card that a page carried; throws `stale-card` or `bad-card`. */
  addCard(key: string, bytes: Uint8Array): void {
    const head = pack(key);
    const all = new Uint8Array(head.length + bytes.length);
    all.set(head);
    all.set(bytes, head.length);
    this.#call(6, all);
  }

  setContext(attributes: Record<string, string>): void {
    const pairs = Object.entries(attributes);
    this.#call(7, pack(pairs.length, ...pairs.flat()));
  }

  exportProfile(): Uint8Array {
    return this.#call(8);
  }

  importProfile(bytes: Uint8Array): void {
    this.#call(9, bytes);
  }

  forget(key: string): void {
    this.#call(10, pack(key));
  }

  clearProfile(): void {
    this.#call(11);
  }

  /** Lays rules of the site below those of every request, in place of earlier ones; throws where they cannot be read. */
  setRules(rules: unknown): void {
    const to: number[] = [];
    putJson(to, rules, MAX_DEPTH);
    this.#call(13, Uint8Array.from(to));
  }

  /** Gives the wasm memory back; the object is unusable afterwards. */
  free(): void {
    this.#door.free();
  }

  #ask(task: number, request: CoreRequest, key?: string): Uint8Array<ArrayBuffer> {
    const { k, minute, bytes = UNLIMITED, files = UNLIMITED, device = 0, seeds = [], exclude = [], lost = [], page = [] } = request;
    const words = [TASKS.indexOf(request.task), k, minute, bytes, files, PRIVACY.indexOf(request.privacy ?? 'open'), device];
    const to: number[] = [];
    for (const value of [...words, seeds, exclude, lost]) put(to, value);
    putJson(to, request.rules, MAX_DEPTH);
    put(to, page);
    if (key) put(to, key);
    return this.#call(task, Uint8Array.from(to));
  }

  #call(task: number, bytes: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
    return sound(this.#door.call(task, bytes));
  }
}

/** What follows the four bytes that say that all is well, in a buffer of its own. */
function sound(answer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const rest = answer.slice(4);
  if (answer[0] === 0) return rest;
  const [code, shard, section, ...message] = decoder.decode(rest).split('\n');
  throw Object.assign(new Error(message.join('\n')), { code, shard, section });
}

/** The columns of an answer that begins at `at`. */
function answerOf(buffer: ArrayBuffer, at: number): Answer {
  const [results, reasons, cells] = new Uint32Array(buffer, at, 3) as unknown as [number, number, number];
  at += 12;
  const floats = (count: number): Float32Array => new Float32Array(buffer, (at += count * 4) - count * 4, count);
  const bytes = (count: number): Uint8Array => new Uint8Array(buffer, (at += count) - count, count);
  const [scores, shares, whyShare] = [floats(results), floats(results * CHANNELS.length), floats(reasons)];
  const shorts = (count: number): Uint16Array => new Uint16Array(buffer, (at += count * 2) - count * 2, count);
  const [channels, ranks] = [shorts(results), shorts(results * CHANNELS.length)];
  const [whyCounts, whyChannel] = [bytes(results), bytes(reasons)];
  const texts = decoder.decode(new Uint8Array(buffer, at)).split('\x1e');
  const [keys, whySeed, whyType] = texts.map((text) => text.split('\n')) as [string[], string[], string[]];
  return { keys, scores, channels, shares, ranks, whyCounts, whyChannel, whyShare, whySeed, whyType, cells };
}

function filesOf(lines: string): FileWanted[] {
  return [...lines.matchAll(/(\S+) (\S+) (\d+)/g)].map(([, name, kind, bytes]) => ({ name: name!, kind: kind!, bytes: Number(bytes) }));
}

/** Numbers as varints, texts with their length before them, lists with their number of entries. */
function pack(...values: Argument[]): Uint8Array {
  const to: number[] = [];
  for (const value of values) put(to, value);
  return Uint8Array.from(to);
}

function put(to: number[], value: Argument): void {
  if (typeof value === 'number') {
    for (; value > 0x7f; value = Math.floor(value / 0x80)) to.push((value % 0x80) | 0x80);
    to.push(value);
  } else if (typeof value === 'string') {
    const text = encoder.encode(value);
    put(to, text.length);
    for (const byte of text) to.push(byte);
  } else {
    put(to, value.length);
    for (const text of value) put(to, text);
  }
}

/** A byte for the type, then the value; what our JSON has no use for becomes null. */
function putJson(to: number[], value: unknown, depth: number): void {
  if (typeof value === 'number') {
    to.push(1, ...new Uint8Array(Float64Array.of(value).buffer));
  } else if (typeof value === 'string') {
    to.push(2);
    put(to, value);
  } else if (typeof value === 'boolean') {
    to.push(value ? 6 : 5);
  } else if (depth > 0 && Array.isArray(value)) {
    to.push(3);
    put(to, value.length);
    for (const entry of value) putJson(to, entry, depth - 1);
  } else if (depth > 0 && typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    to.push(4);
    put(to, entries.length);
    for (const [name, entry] of entries) {
      put(to, name);
      putJson(to, entry, depth - 1);
    }
  } else {
    to.push(0);
  }
}
