import type { Scenario } from "./scenario.ts";

export const PUSH_CUT_AFTER_ACCEPT: Scenario = {
  title: "Connection cut after accept, push",
  shows: "LINE takes a push and the connection breaks. The retry key proves it: pushed once, and paid once.",
  channel: "line",
  expected: {
    bubbles: 1,
    deliveries: ["sent"],
    evidence: ["retry-key"],
    calls: ["reply token-invalid 400", "push unknown", "push sent 409"],
    paid: 1,
  },
  async play(scene) {
    await scene.sets("faults", { route: "reply", at: "before-accept", how: 400, message: "Invalid reply token" });
    await scene.sets("faults", { route: "push", at: "after-accept", how: "disconnect" });
    await scene.says("Please answer once, whatever it costs.");
  },
};
