import type { Scenario } from "./scenario.ts";

export const MESSENGER_CUT_ECHO: Scenario = {
  title: "Messenger: cut, and the echo comes",
  shows: "Messenger takes the answer and the connection breaks. The echo proves that it is there: it isn't sent again.",
  channel: "messenger",
  expected: { bubbles: 1, deliveries: ["sent"], evidence: ["receipt"], calls: ["session unknown"] },
  async play(scene) {
    await scene.sets("faults", { route: "send", at: "after-accept", how: "disconnect" });
    await scene.says("Please answer once.");
  },
};
