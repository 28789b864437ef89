import type { Clock } from "./clock.ts";
import { Durations } from "./durations.ts";

/** Length of a step … */
export const PULSE_STEP_MS = 10_000;
/** … of which the newest so many are kept: an hour. */
export const PULSE_STEPS = 360;

/** Durations, in the order of a message's path; `answer` is all of it. Each as the metric of its name is measured. */
export type PulseTime = "ack" | "wait" | "agent" | "send" | "answer";

/**
 * `in`: events taken in. `duplicates`: those that were there already. The others are errors: webhooks answered by a 5xx, agent
 * calls that failed, platform calls whose outcome isn't `sent`, and deliveries that came to `dead`.
 */
export type PulseCount = "in" | "duplicates" | "webhookErrors" | "agentErrors" | "sendErrors" | "dead";

/** What the metrics tell. Names of channels and routes are of closed lists. */
export interface PulseFeed {
  count(channel: string, what: PulseCount, by: number): void;
  /** Deliveries sent by that route. */
  sent(channel: string, route: string, by: number): void;
  took(channel: string, what: PulseTime, ms: number): void;
}

/** One channel in one step. */
export interface ChannelPulse {
  readonly counts: Readonly<Partial<Record<PulseCount, number>>>;
  readonly sent: Readonly<Record<string, number>>;
  readonly times: Readonly<Partial<Record<PulseTime, Durations>>>;
}

export interface Pulse extends PulseFeed {
  /** The newest `steps`, oldest first; the last is the one that goes on now. A step without anything is empty. */
  read(steps: number): PulseWindow;
}

export interface PulseWindow {
  /** Start of the first step, epoch ms. */
  readonly from: number;
  readonly steps: readonly ReadonlyMap<string, ChannelPulse>[];
}

interface Writable {
  readonly counts: Partial<Record<PulseCount, number>>;
  readonly sent: Record<string, number>;
  readonly times: Partial<Record<PulseTime, Durations>>;
}

interface Step {
  number: number;
  readonly channels: Map<string, Writable>;
}

const EMPTY: ReadonlyMap<string, ChannelPulse> = new Map();

/**
 * What this process did in the last hour, as the metrics count it. A ring in memory: it begins anew with the process, and
 * takes at most some MB (a busy channel 1.6 MB an hour).
 */
export function createPulse(clock: Pick<Clock, "now">): Pulse {
  const ring: Step[] = [];
  const numberNow = () => Math.floor(clock.now() / PULSE_STEP_MS);

  function stepNow(): Step {
    const number = numberNow();
    const index = number % PULSE_STEPS;
    let step = ring[index];
    if (step === undefined) ring[index] = step = { number, channels: new Map() };
    else if (step.number !== number) {
      step.number = number;
      step.channels.clear();
    }
    return step;
  }

  function of(channel: string): Writable {
    const { channels } = stepNow();
    const known = channels.get(channel);
    if (known !== undefined) return known;
    const begun: Writable = { counts: {}, sent: {}, times: {} };
    channels.set(channel, begun);
    return begun;
  }

  return {
    count(channel, what, by) {
      const { counts } = of(channel);
      counts[what] = (counts[what] ?? 0) + by;
    },
    sent(channel, route, by) {
      const { sent } = of(channel);
      sent[route] = (sent[route] ?? 0) + by;
    },
    took(channel, what, ms) {
      const { times } = of(channel);
      const durations = times[what] ?? new Durations();
      times[what] = durations;
      durations.add(ms);
    },
    read(steps) {
      const first = numberNow() - steps + 1;
      const numbers = Array.from({ length: steps }, (_, index) => first + index);
      return {
        from: first * PULSE_STEP_MS,
        steps: numbers.map((number) => {
          const step = ring[number % PULSE_STEPS];
          return step?.number === number ? step.channels : EMPTY;
        }),
      };
    },
  };
}
