/** Owns what happens to the profile: whether it may change, and when it is read from the store and written to it. */
import type { Core } from './core.js';
import type { EdgeRecallError } from './errors.js';
import type { Consent, Problem, ProfileStore } from './types.js';

/** A change of the profile. */
type Change = (core: Core) => void;

/** How long changes are collected before they are saved, in ms. */
const PAUSE = 200;
/** The profile's ring of events is as long: older changes leave no trace in it. */
const MAX_REPLAYED = 500;
/** The stored blob begins with the seed of the device. */
const SEED_BYTES = 4;

export class Keeper {
  #consent: Consent = 'session';
  /** Seed for decoys; 0 = none was drawn. */
  #seed = 0;
  /** Changes that the stored profile has not seen: they are made again once it is read. */
  #replay: Change[] | undefined = [];
  /** What the store does happens one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dirty = false;
  /** After a failed read nothing is written: what could not be read may still be there. */
  #broken = false;

  constructor(
    private readonly store: ProfileStore,
    /** Calls the present core. */
    private readonly run: <T>(work: (core: Core) => T) => T,
    private readonly report: (problem: Problem) => void,
  ) {}

  /** The device's seed, drawn when it is first needed. */
  get seed(): number {
    if (this.#seed === 0) {
      this.#seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
      this.changed();
    }
    return this.#seed;
  }

  /** Makes a change, unless nothing may be kept; `always` for what tells nothing about the visitor's taste. */
  change(change: Change, always = false): void {
    if (this.#consent === 'denied' && !always) return;
    this.run(change);
    this.#replay?.push(change);
    if (this.#replay && this.#replay.length > MAX_REPLAYED) this.#replay.shift();
    this.changed();
  }

  /** Notes that the profile is other than it was; it is saved after a pause. */
  changed(): void {
    if (this.#consent !== 'granted') return;
    this.#dirty = true;
    this.#timer ??= setTimeout(() => void this.flush(), PAUSE);
  }

  /** Saves now what is to be saved. Settles when the store is done; never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#then(() => this.#save());
  }

  /** Empties the profile, here and in the store. */
  clear(): Promise<void> {
    this.change((core) => core.clearProfile());
    return this.#erase();
  }

  setConsent(consent: Consent): Promise<void> {
    const before = this.#consent;
    this.#consent = consent;
    if (consent === 'granted') {
      if (before === consent) return this.flush();
      // Pages are hidden before they end; their timers may never fire then.
      if (typeof document === 'object') document.addEventListener('visibilitychange', this.#onHide);
      this.#dirty ||= this.#seed !== 0 || this.#replay?.length !== 0;
      return this.#then(async () => {
        await this.#restore();
        await this.#save();
      });
    }
    if (typeof document === 'object') document.removeEventListener('visibilitychange', this.#onHide);
    if (consent === 'denied') this.run((core) => core.clearProfile());
    if (consent === 'denied' || before === 'denied') this.#replay = [];
    return consent === 'denied' || before === 'granted' ? this.#erase() : this.#queue;
  }

  readonly #onHide = (): void => {
    if (document.hidden) void this.flush();
  };

  #then(work: () => Promise<void>): Promise<void> {
    return (this.#queue = this.#queue.then(work).catch((cause: unknown) => {
      this.report({ code: 'store', message: `the profile could not be kept, it lives in memory: ${String(cause)}` });
    }));
  }

  #erase(): Promise<void> {
    this.#seed = 0;
    this.#dirty = false;
    return this.#then(async () => this.store.clear());
  }

  /** Joins what happened here to what is stored. */
  async #restore(): Promise<void> {
    if (!this.#replay) return;
    this.#broken = true;
    let stored: Uint8Array | null | undefined;
    try {
      stored = await this.store.load();
    } catch (error) {
      if ((error as EdgeRecallError)?.code !== 'bad-profile') throw error;
      this.#drop(error as Error);
    }
    this.#broken = false;
    if (this.#consent !== 'granted') return;
    if (stored) this.#import(stored);
    this.#replay = undefined;
  }

  #drop({ message }: Error): void {
    this.#dirty = true;
    this.report({ code: 'bad-profile', message: `the stored profile is dropped: ${message}` });
  }

  #import(stored: Uint8Array): void {
    try {
      this.run((core) => core.importProfile(stored.subarray(SEED_BYTES)));
    } catch (error) {
      return this.#drop(error as Error);
    }
    this.#seed = new DataView(stored.buffer, stored.byteOffset).getUint32(0, true) || this.#seed;
    for (const change of this.#replay!) this.run(change);
  }

  async #save(): Promise<void> {
    if (!this.#dirty || this.#broken || this.#consent !== 'granted') return;
    this.#dirty = false;
    const profile = this.run((core) => core.exportProfile());
    const bytes = new Uint8Array(SEED_BYTES + profile.length);
    new DataView(bytes.buffer).setUint32(0, this.#seed, true);
    bytes.set(profile, SEED_BYTES);
    try {
      await this.store.save(bytes);
    } catch (cause) {
      this.#dirty = true;
      throw cause;
    }
  }
}
