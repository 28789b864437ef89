import type { Scenario } from "./scenario.ts";

export const OUT_OF_ORDER: Scenario = {
  title: "Out of order",
  shows: "The second message arrives before the first. Both are in one turn, in the order in which they were written.",
  channel: "line",
  expected: {
    bubbles: 1,
    quoted: ["This came first.", "This came second."],
    turns: ["done 2"],
    deliveries: ["sent"],
  },
  async play(scene) {
    const { eventId } = await scene.says("This came first.", { lost: true });
    await scene.waits(200);
    await scene.says("This came second.");
    await scene.sets("redeliver", { eventId });
  },
};
