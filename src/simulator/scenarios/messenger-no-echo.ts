import type { Scenario } from "./scenario.ts";

export const MESSENGER_NO_ECHO: Scenario = {
  title: "Messenger: nobody knows",
  shows: "The connection breaks and no echo comes. Whether the answer is there can't be known: a person is asked.",
  channel: "messenger",
  expected: { bubbles: 1, deliveries: ["unknown"], evidence: [], calls: ["session unknown"] },
  async play(scene) {
    await scene.sets("lose-echoes", { count: 1 });
    await scene.sets("faults", { route: "send", at: "after-accept", how: "disconnect" });
    await scene.says("Please answer once.");
    await scene.expects({ deliveries: ["unknown"] });
    // The time in which the echo would settle it by itself.
    await scene.waits(35_000);
  },
};
