import type { Scenario } from "./scenario.ts";

export const QUOTA_GONE: Scenario = {
  title: "Quota gone, then saved",
  shows: "No paid message is left. The answer waits, and goes out with the next free reply: nothing is lost or paid.",
  channel: "line",
  expected: { bubbles: 2, deliveries: ["sent", "sent"], bundled: 1, paid: 0 },
  async play(scene) {
    await scene.sets("quota", { limit: 0 });
    await scene.sets("faults", { route: "reply", at: "before-accept", how: 400, message: "Invalid reply token" });
    await scene.says("Is anything left?");
    await scene.expects({ bubbles: 0, deliveries: ["parked"] });
    await scene.says("I write again.");
  },
};
