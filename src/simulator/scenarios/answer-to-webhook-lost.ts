import type { Scenario } from "./scenario.ts";

export const ANSWER_TO_WEBHOOK_LOST: Scenario = {
  title: "The 200 lost",
  shows: "The gateway has the message, and its 200 never reaches LINE, which sends it again. It gets one answer.",
  channel: "line",
  expected: { bubbles: 1, copies: 2, events: ["accepted"], redelivered: 0, turns: ["done 1"], deliveries: ["sent"] },
  async play(scene) {
    await scene.says("Did my message arrive?", { answerLost: true });
    await scene.expects({ copies: 2 });
  },
};
