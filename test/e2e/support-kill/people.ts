import { type Clock, pause } from "../../../src/runtime/clock.ts";
import type { Random } from "../../../src/runtime/random.ts";
import type { LineSimulator } from "../../../src/simulator/index.ts";
import type { Killer } from "./killer.ts";
import type { Said } from "./verdict.ts";

/** Most messages that a person writes without a pause. */
const BURST_MAX = 4;
/** Nobody types two messages in one millisecond, so their timestamps tell their order. */
const TYPES_MS = { from: 10, to: 90 };
/** The longest pause between bursts, in ms. */
const PAUSE_MS_MAX = 900;

export interface People {
  /** Everybody stops. Resolves when the last word is out. */
  stop(): Promise<void>;
  /** What everybody said, and what the platform knows of it. */
  said(): readonly Said[];
}

export function peerIdOf(person: string): string {
  return `U${Buffer.from(person).toString("hex").padEnd(32, "0")}`;
}

/** People who write numbered messages, whoever listens. */
export function startPeople(
  names: readonly string[],
  parts: { line: LineSimulator; killer: Killer; clock: Clock; random: Random },
): People {
  const { line, killer, clock, random } = parts;
  const silence = new AbortController();
  const ackedAtOnce = new Set<string>();
  const counts = new Map<string, number>();

  async function say(person: string): Promise<void> {
    const number = (counts.get(person) ?? 0) + 1;
    counts.set(person, number);
    const { webhook } = await line.person(peerIdOf(person)).says(`${person}-${number}`);
    if (webhook.result !== "ok") return;
    ackedAtOnce.add(`${person}-${number}`);
    killer.isStruck("acked");
  }

  async function write(person: string): Promise<void> {
    while (!silence.signal.aborted) {
      const burst = 1 + Math.floor(random.fraction() * BURST_MAX);
      for (let i = 0; i < burst; i += 1) {
        await pause(clock, TYPES_MS.from + random.fraction() * (TYPES_MS.to - TYPES_MS.from));
        await say(person);
      }
      killer.isStruck("quiet");
      await pause(clock, random.fraction() * PAUSE_MS_MAX, silence.signal);
    }
  }

  const writing = Promise.all(names.map(write));
  return {
    stop: async () => {
      silence.abort();
      await writing;
    },
    said: () => {
      const acked = ackedTexts(line);
      return names.flatMap((person) =>
        Array.from({ length: counts.get(person) ?? 0 }, (_, index) => {
          const message = `${person}-${index + 1}`;
          return { person, message, acked: acked.has(message), ackedAtOnce: ackedAtOnce.has(message) };
        }),
      );
    },
  };
}

/** Texts of which at least one copy was answered 200. */
function ackedTexts(line: LineSimulator): ReadonlySet<string> {
  const acked = line.webhooks.filter((webhook) => webhook.result === "ok");
  return new Set(
    acked.flatMap(({ body }) =>
      (JSON.parse(body) as { events: { message: { text: string } }[] }).events.map((event) => event.message.text),
    ),
  );
}
