import { z } from "zod";
import type { ChannelName } from "../../channels/index.ts";
import { pause } from "../../runtime/clock.ts";
import { observe } from "./observe.ts";
import { type Expected, isAsExpected, type Outcome, partOf } from "./outcome.ts";
import { NotAsExpected, type Step } from "./step.ts";
import type { ScenarioTarget } from "./target.ts";

const POLL_MS = 100;
/** After what is expected was seen: a second answer would come within this time. */
const QUIET_MS = 2_000;
const LIMIT_MS = 30_000;

const ids = z.looseObject({
  eventId: z.string().optional(),
  messageId: z.string().nullable().optional(),
  webhookId: z.int().optional(),
});

interface SceneParts {
  readonly target: ScenarioTarget;
  readonly channel: ChannelName;
  readonly peerId: string;
  readonly onStep: (step: Step) => void;
}

/** A person who is new to the bot, the platform's faults, and what comes of both. */
export class Scene {
  readonly peerId: string;
  readonly steps: Step[] = [];
  readonly #parts: SceneParts;
  readonly #said: string[] = [];

  constructor(parts: SceneParts) {
    this.#parts = parts;
    this.peerId = parts.peerId;
  }

  /** The person writes. `how`: `lost`, `answerLost`, `delayMs`, `copies`. Resolves to the ids of what was posted. */
  async says(text: string, how: Readonly<Record<string, unknown>> = {}): Promise<z.infer<typeof ids>> {
    this.#said.push(text);
    return ids.parse(await this.does("says", { text, ...how }));
  }

  /** A command about this person. */
  does(command: string, input: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.sets(command, { peerId: this.peerId, ...input });
  }

  /** A command about the platform. */
  async sets(command: string, input: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const { target, channel } = this.#parts;
    const result = await target.command(channel, command, input);
    this.#note(command, input, result);
    return result;
  }

  async waits(ms: number): Promise<void> {
    await pause(this.#parts.target.clock, ms);
    this.#note("wait", { ms }, null);
  }

  /** Something in between. Throws `NotAsExpected` when it doesn't come in time. */
  async expects(expected: Expected, limitMs?: number): Promise<void> {
    const happened = partOf(await this.#until(expected, limitMs), expected);
    this.#note("expect", expected, happened);
    if (!isAsExpected(happened as Outcome, expected)) throw new NotAsExpected(expected, happened);
  }

  /** What has come of it in the end: once it is as expected, and nothing has changed for a while, or the time is over. */
  async ends(expected: Expected, limitMs?: number): Promise<Outcome> {
    await this.#until(expected, limitMs);
    await pause(this.#parts.target.clock, QUIET_MS);
    return await this.#observe();
  }

  async #until(expected: Expected, limitMs = LIMIT_MS): Promise<Outcome> {
    const { clock } = this.#parts.target;
    const endsAt = clock.now() + limitMs;
    for (;;) {
      const happened = await this.#observe();
      if (isAsExpected(happened, expected) || clock.now() >= endsAt) return happened;
      await pause(clock, POLL_MS);
    }
  }

  #observe(): Promise<Outcome> {
    const { target, channel } = this.#parts;
    return observe(target, { channel, peerId: this.peerId, said: this.#said });
  }

  #note(action: string, input: Readonly<Record<string, unknown>>, result: unknown): void {
    const step = { at: this.#parts.target.clock.now(), action, input, result };
    this.steps.push(step);
    this.#parts.onStep(step);
  }
}
