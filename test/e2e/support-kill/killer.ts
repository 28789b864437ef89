import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";

/**
 * The places of a message's way at which the process is killed: `fromMs` to `toMs` after something that a bystander
 * sees from outside, be it the person, the agent or LINE. Up to `passBy` times it is let pass, so that there is work on
 * every stage when it strikes.
 */
export const MOMENTS = {
  /** After the process was started: somewhere in opening the file, taking over, or the first work. */
  starting: { fromMs: 0, toMs: 700, passBy: 0 },
  /** A webhook is on its way in. */
  ingest: { fromMs: 0, toMs: 5, passBy: 60 },
  /** A webhook was answered 200, and LINE doesn't hear of it. */
  "ack lost": { fromMs: 0, toMs: 0, passBy: 60 },
  /** A person's webhook was answered 200. */
  acked: { fromMs: 0, toMs: 0, passBy: 60 },
  /** A person has been quiet for about as long as a turn waits: sealing, claiming, handing over. */
  quiet: { fromMs: 56, toMs: 72, passBy: 20 },
  /** The agent has the turn. */
  "turn given": { fromMs: 0, toMs: 3, passBy: 20 },
  /** The agent's answer has left. */
  "answer given": { fromMs: 0, toMs: 4, passBy: 20 },
  /** The call left, and LINE never gets it. */
  "call lost": { fromMs: 0, toMs: 0, passBy: 20 },
  /** The caller is dead when LINE accepts its reply. */
  "reply orphaned": { fromMs: 0, toMs: 0, passBy: 20 },
  /** The caller is dead when LINE accepts its push. */
  "push orphaned": { fromMs: 0, toMs: 0, passBy: 3 },
  /** LINE accepted the reply, and its answer never leaves. */
  "reply accepted": { fromMs: 0, toMs: 0, passBy: 20 },
  /** LINE accepted the push, and its answer never leaves. */
  "push accepted": { fromMs: 0, toMs: 0, passBy: 3 },
  /** LINE's answer has left. */
  "call answered": { fromMs: 0, toMs: 3, passBy: 20 },
  /** Any time at all. */
  whenever: { fromMs: 0, toMs: 1_500, passBy: 0 },
} as const satisfies Record<string, { fromMs: number; toMs: number; passBy: number }>;

export type Moment = keyof typeof MOMENTS;

/** Waits for the moment it was set on, and kills. */
export class Killer {
  readonly #clock: Clock;
  readonly #random: Random;
  #armed: { readonly moment: Moment; passBy: number; readonly delayMs: number; readonly strike: () => void } | null =
    null;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Resolves when `kill` was called: at `moment`, some occurrences later. */
  strikeAt(moment: Moment, kill: () => void): Promise<void> {
    const { fromMs, toMs, passBy } = MOMENTS[moment];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#armed = {
      moment,
      passBy: Math.floor(this.#random.fraction() * (passBy + 1)),
      delayMs: fromMs + Math.floor(this.#random.fraction() * (toMs - fromMs + 1)),
      strike: () => {
        kill();
        resolve();
      },
    };
    return promise;
  }

  /** A bystander says that the moment is here. True: the process is dead, or will be in a few ms. */
  isStruck(moment: Moment): boolean {
    const armed = this.#armed;
    if (armed?.moment !== moment) return false;
    if (armed.passBy > 0) {
      armed.passBy -= 1;
      return false;
    }
    this.#armed = null;
    if (armed.delayMs === 0) armed.strike();
    else void pause(this.#clock, armed.delayMs).then(armed.strike);
    return true;
  }

  /** For a moment that nobody but the clock sees. */
  strikeNow(moment: "starting" | "whenever"): void {
    this.isStruck(moment);
  }
}
