import type { Scenario } from "./scenario.ts";

export const NO_ANSWER_IN_TIME: Scenario = {
  title: "No answer in time",
  shows:
    "LINE takes the answer and says nothing for 12 s. The call ends unknown after 10 s, and the next one settles it.",
  channel: "line",
  expected: {
    bubbles: 1,
    deliveries: ["sent"],
    evidence: ["token-consumed"],
    calls: ["reply unknown", "reply token-invalid 400"],
    paid: 0,
  },
  async play(scene) {
    await scene.sets("faults", { route: "reply", at: "slow", delayMs: 12_000 });
    await scene.says("Are you still there?");
  },
};
