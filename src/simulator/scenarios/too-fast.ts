import type { Scenario } from "./scenario.ts";

export const TOO_FAST: Scenario = {
  title: "Too fast",
  shows: "LINE says 429. The account slows down, and the answer goes out a little later.",
  channel: "line",
  expected: { bubbles: 1, deliveries: ["sent"], calls: ["reply rate-limited 429", "reply sent 200"], paid: 0 },
  async play(scene) {
    await scene.sets("faults", { route: "reply", at: "before-accept", how: 429 });
    await scene.says("Not so fast.");
  },
};
