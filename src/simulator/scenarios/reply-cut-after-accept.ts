import type { Scenario } from "./scenario.ts";

export const REPLY_CUT_AFTER_ACCEPT: Scenario = {
  title: "Connection cut after accept, reply",
  shows: "LINE takes the answer and the connection breaks. The second try finds the reply token spent.",
  channel: "line",
  expected: {
    bubbles: 1,
    deliveries: ["sent"],
    evidence: ["token-consumed"],
    calls: ["reply unknown", "reply token-invalid 400"],
    paid: 0,
  },
  async play(scene) {
    await scene.sets("faults", { route: "reply", at: "after-accept", how: "disconnect" });
    await scene.says("Please answer once.");
  },
};
