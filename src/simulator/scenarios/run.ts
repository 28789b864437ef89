import type { ChannelName } from "../../channels/index.ts";
import type { Random } from "../../runtime/random.ts";
import { type Expected, isAsExpected, type Outcome, partOf } from "./outcome.ts";
import type { ScenarioResult } from "./scenario.ts";
import { Scene } from "./scene.ts";
import { NotAsExpected, type Step } from "./step.ts";
import { SCENARIOS, type ScenarioName } from "./table.ts";
import type { ScenarioTarget } from "./target.ts";

/**
 * Runs it with a person who is new to the bot, and compares what happened with what must happen. The platform's faults and
 * settings are reset before and after.
 */
export async function runScenario(
  name: ScenarioName,
  target: ScenarioTarget,
  onStep: (step: Step) => void = () => {},
): Promise<ScenarioResult> {
  const scenario = SCENARIOS[name];
  const { channel } = scenario;
  const scene = new Scene({ target, channel, peerId: newPeerId(channel, target.random), onStep });
  const resultOf = (expected: Expected, happened: Expected): ScenarioResult => ({
    scenario: name,
    channel,
    peerId: scene.peerId,
    steps: scene.steps,
    expected,
    happened,
    isAsExpected: isAsExpected(happened as Outcome, expected),
  });
  await scene.sets("reset");
  try {
    await scenario.play(scene);
    const happened = await scene.ends(scenario.expected, scenario.limitMs);
    return resultOf(scenario.expected, partOf(happened, scenario.expected));
  } catch (error) {
    if (error instanceof NotAsExpected) return resultOf(error.expected, error.happened);
    throw error;
  } finally {
    await scene.sets("reset");
  }
}

/** Beginning and number of digits of an id that the platform could have given. */
const PEER_IDS: Readonly<Record<ChannelName, readonly [beginning: string, alphabet: string, length: number]>> = {
  line: ["U", "0123456789abcdef", 32],
  messenger: ["2", "0123456789", 15],
  whatsapp: ["1555", "0123456789", 7],
};

function newPeerId(channel: ChannelName, random: Random): string {
  const [beginning, alphabet, length] = PEER_IDS[channel];
  const digits = Array.from({ length }, () => alphabet.charAt(Math.floor(random.fraction() * alphabet.length)));
  return beginning + digits.join("");
}
