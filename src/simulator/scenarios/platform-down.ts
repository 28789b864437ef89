import type { Scenario } from "./scenario.ts";

export const PLATFORM_DOWN: Scenario = {
  title: "Platform down",
  shows: "LINE answers 503 twice. The answer goes out with the third call, once.",
  channel: "line",
  expected: {
    bubbles: 1,
    deliveries: ["sent"],
    calls: ["reply unknown 503", "reply unknown 503", "reply sent 200"],
    paid: 0,
  },
  async play(scene) {
    await scene.sets("faults", { route: "reply", at: "before-accept", how: 503, times: 2 });
    await scene.says("Are you down?");
  },
};
