import type { Scenario } from "./scenario.ts";

export const MESSENGER_COPIES: Scenario = {
  title: "Messenger: three copies at once",
  shows: "The same webhook arrives three times at the same moment. It is one message, and gets one answer.",
  channel: "messenger",
  expected: { bubbles: 1, copies: 3, events: ["accepted"], turns: ["done 1"], deliveries: ["sent"] },
  async play(scene) {
    await scene.says("Only once, please.", { copies: 3 });
  },
};
