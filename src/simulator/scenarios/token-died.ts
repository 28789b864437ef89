import type { Scenario } from "./scenario.ts";

export const TOKEN_DIED: Scenario = {
  title: "Answer after the token died",
  shows: "The reply token is dead when the answer comes. LINE refuses it, and the answer goes out as a paid push.",
  channel: "line",
  expected: {
    bubbles: 1,
    deliveries: ["sent"],
    calls: ["reply token-invalid 400", "push sent 200"],
    paid: 1,
  },
  async play(scene) {
    await scene.sets("reply-token-life", { ms: 0 });
    await scene.says("Take your time.");
  },
};
