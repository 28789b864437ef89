import type { ChannelName } from "../../channels/index.ts";
import type { Expected } from "./outcome.ts";
import type { Scene } from "./scene.ts";
import type { Step } from "./step.ts";

/**
 * A trouble that a platform can make, and what must come of it. It expects a bot that answers each turn with one message
 * that quotes what the person wrote, as the demo's echo agent does.
 */
export interface Scenario {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
  readonly channel: ChannelName;
  /** What must have happened at the end. */
  readonly expected: Expected;
  /** How long (ms) that may take after the last step. Default 30 000. */
  readonly limitMs?: number;
  /** Makes the trouble. Throws `NotAsExpected` when something in between doesn't come. */
  play(scene: Scene): Promise<void>;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly channel: ChannelName;
  /** Who wrote: someone new in each run. */
  readonly peerId: string;
  readonly steps: readonly Step[];
  readonly expected: Expected;
  readonly happened: Expected;
  readonly isAsExpected: boolean;
}
