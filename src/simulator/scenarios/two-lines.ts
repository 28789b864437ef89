import type { Scenario } from "./scenario.ts";

export const TWO_LINES: Scenario = {
  title: "Two lines, one turn",
  shows: "What a person writes within a second is one turn for the bot, and gets one answer.",
  channel: "line",
  expected: {
    bubbles: 1,
    quoted: ["I have a question.", "When do you open?"],
    turns: ["done 2"],
    deliveries: ["sent"],
    paid: 0,
  },
  async play(scene) {
    await scene.says("I have a question.");
    await scene.waits(200);
    await scene.says("When do you open?");
  },
};
