/** A larger difference from what monotonic time says means that the system's clock was set, not slewed. */
export const STEP_MS = 1_000;
/** One that makes what is young look old. */
const LONG_STEP_MS = 3_600_000;
/**
 * A clock that was set forward is believed when it has stayed there for so long. A wrong time from a virtual machine's host
 * or a time server lasts for seconds, and what it makes old is lost for good: a reply token that looks dead costs a paid
 * message, a window that looks closed parks an answer.
 */
const BELIEVED_AFTER_MS = 120_000;
/** How exactly the time that the machine slept explains a step: the system's uptime has hundredths of a second. */
const SLEPT_WITHIN_MS = 2_000;

/**
 * The system's clock, without its mistakes:
 *
 *   it is …                                    read as
 *   slewed                                     it is
 *   set back                                   it is: mostly that ends a mistake
 *   set forward to where it was before that    it is
 *   set forward by the time the machine slept  it is
 *   set forward otherwise                      if it hadn't been, for 120 s; then as it is
 */
export class WallClock {
  /** Wall time minus monotonic time, as it is believed. */
  offsetMs = Date.now() - performance.now();
  /** The offset before the clock was set back. */
  #beforeMs: number | null = null;
  #doubt: { readonly stepMs: number; readonly since: number } | null = null;
  readonly #uptimeS: () => number;
  #awakeMs: number;
  #steppedAt: number | null = null;

  /** `uptimeS`: how long the machine has been up, in s, with the time that it slept. */
  constructor(uptimeS: () => number = systemUptime()) {
    this.#uptimeS = uptimeS;
    this.#awakeMs = this.#awake();
  }

  /** Epoch ms, whole. */
  read(): number {
    const monotonic = performance.now();
    const wall = Date.now();
    const stepMs = wall - monotonic - this.offsetMs;
    if (stepMs > LONG_STEP_MS) this.#steppedAt = monotonic;
    if (stepMs <= STEP_MS) {
      if (stepMs < -STEP_MS) {
        this.#beforeMs = this.offsetMs;
        this.#awakeMs = this.#awake();
      }
      this.#believe(wall - monotonic);
    } else if (this.#isBelieved(stepMs, monotonic)) {
      this.#beforeMs = null;
      this.#awakeMs = this.#awake();
      this.#believe(wall - monotonic);
    }
    return Math.floor(monotonic + this.offsetMs);
  }

  /** How far (ms) the system's clock is ahead of what is believed. */
  doubtedMs(): number {
    const believed = this.read();
    return this.#doubt === null ? 0 : Date.now() - believed;
  }

  /** How long ago (ms) it was last seen set forward by more than an hour; `null`: never. */
  sinceSteppedMs(): number | null {
    return this.#steppedAt === null ? null : performance.now() - this.#steppedAt;
  }

  #believe(offsetMs: number): void {
    this.offsetMs = offsetMs;
    this.#doubt = null;
  }

  #isBelieved(stepMs: number, monotonic: number): boolean {
    const offsetMs = this.offsetMs + stepMs;
    if (this.#beforeMs !== null && Math.abs(offsetMs - this.#beforeMs) <= STEP_MS) return true;
    if (this.#doubt === null || Math.abs(stepMs - this.#doubt.stepMs) > STEP_MS) {
      this.#doubt = { stepMs, since: monotonic };
      const sleptMs = this.#awakeMs - this.#awake();
      if (Math.abs(stepMs - sleptMs) <= SLEPT_WITHIN_MS) return true;
    }
    return monotonic - this.#doubt.since >= BELIEVED_AFTER_MS;
  }

  /** Monotonic time minus uptime: it falls by the time that the machine sleeps, which only uptime counts. */
  #awake(): number {
    return performance.now() - this.#uptimeS() * 1_000;
  }
}

/** Of Node without an import, since agents' clients run elsewhere too: there no sleep is known. */
function systemUptime(): () => number {
  const os = globalThis.process?.getBuiltinModule?.("node:os");
  return os === undefined ? () => performance.now() / 1_000 : os.uptime;
}
