import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";

/**
 * Kill points: `fromMs` to `toMs` after an event that an observer (person, agent or LINE) sees. Up to `passBy`
 * occurrences are skipped, so that there is work in every stage.
 */
export const MOMENTS = {
  /** After the start of the process: while it opens the file, recovers or begins to work. */
  starting: { fromMs: 0, toMs: 700, passBy: 0 },
  /** A webhook is being received. */
  ingest: { fromMs: 0, toMs: 5, passBy: 60 },
  /** A webhook was answered with 200, which LINE doesn't get. */
  "ack lost": { fromMs: 0, toMs: 0, passBy: 60 },
  /** A person's webhook was answered with 200. */
  acked: { fromMs: 0, toMs: 0, passBy: 60 },
  /** A person has been quiet for about the debounce: the turn is sealed, claimed and given to the agent. */
  quiet: { fromMs: 56, toMs: 72, passBy: 20 },
  /** The agent has the turn. */
  "turn given": { fromMs: 0, toMs: 3, passBy: 20 },
  /** The agent's answer was sent. */
  "answer given": { fromMs: 0, toMs: 4, passBy: 20 },
  /** The call was sent, and LINE never gets it. */
  "call lost": { fromMs: 0, toMs: 0, passBy: 20 },
  /** The process is dead when LINE accepts its reply. */
  "reply orphaned": { fromMs: 0, toMs: 0, passBy: 20 },
  /** The process is dead when LINE accepts its push. */
  "push orphaned": { fromMs: 0, toMs: 0, passBy: 3 },
  /** LINE accepted the reply, and its answer is lost. */
  "reply accepted": { fromMs: 0, toMs: 0, passBy: 20 },
  /** LINE accepted the push, and its answer is lost. */
  "push accepted": { fromMs: 0, toMs: 0, passBy: 3 },
  /** LINE's answer was sent. */
  "call answered": { fromMs: 0, toMs: 3, passBy: 20 },
  /** Any time. */
  whenever: { fromMs: 0, toMs: 1_500, passBy: 0 },
} as const satisfies Record<string, { fromMs: number; toMs: number; passBy: number }>;

export type Moment = keyof typeof MOMENTS;

/** Kills the process at the kill point for which it is armed. */
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

  /** An observer reports the event. True: the process is dead, or will be in a few ms. */
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

  /** For kill points that depend only on time. */
  strikeNow(moment: "starting" | "whenever"): void {
    this.isStruck(moment);
  }
}
