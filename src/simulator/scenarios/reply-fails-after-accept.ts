import type { Scenario } from "./scenario.ts";

export const REPLY_FAILS_AFTER_ACCEPT: Scenario = {
  title: "5xx after accept, reply",
  shows: "LINE takes the answer and says 500. The second try finds the reply token spent: the answer is there, once.",
  channel: "line",
  expected: {
    bubbles: 1,
    deliveries: ["sent"],
    evidence: ["token-consumed"],
    calls: ["reply unknown 500", "reply token-invalid 400"],
    paid: 0,
  },
  async play(scene) {
    await scene.sets("faults", { route: "reply", at: "after-accept", how: 500 });
    await scene.says("Please answer once.");
  },
};
