/** Owns the one error type of the package and the rule that a trapped instance never answers again. */

/** Where an error comes from, as far as it is known. */
export interface ErrorDetail {
  shard?: string | undefined;
  section?: string | undefined;
  cause?: unknown;
}

/**
 * Every failure that the package itself reports. Wrong arguments are `TypeError`s, an aborted call rejects with the
 * reason of its signal (`AbortError`).
 */
export class EdgeRecallError extends Error {
  override readonly name = 'EdgeRecallError';
  /**
   * Stable word for programs: `bad-url`, `manifest-unreachable`, `manifest-missing`, `manifest-html`,
   * `manifest-json`, `wasm-unavailable`, `dead-instance`, or a code of the core (format, profile).
   */
  readonly code: string;
  /** Name of the file concerned. */
  readonly shard?: string;
  /** Section of that file. */
  readonly section?: string;

  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    if (detail.shard) this.shard = detail.shard;
    if (detail.section) this.section = detail.section;
  }
}

/** Stands between the facade and wasm: translates errors, and remembers a trap. */
export class Guard {
  #trap: unknown;

  /**
   * Runs one call into wasm.
   * @throws EdgeRecallError `dead-instance` on a trap and ever after: wasm stopped half way through its own data.
   */
  run<T>(work: () => T): T {
    this.check();
    try {
      return work();
    } catch (cause) {
      // A stack overflow inside wasm surfaces as a RangeError in some engines.
      if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError) {
        this.#trap = cause;
        this.check();
      }
      const { code = 'core', message = String(cause), shard, section } = cause as EdgeRecallError;
      throw new EdgeRecallError(code, message, { shard, section, cause });
    }
  }

  /** @throws EdgeRecallError `dead-instance` when an earlier call trapped */
  check(): void {
    if (this.#trap === undefined) return;
    const message = 'this instance stopped after an internal error; reload the page, or restart the worker or process';
    throw new EdgeRecallError('dead-instance', message, { cause: this.#trap });
  }
}
