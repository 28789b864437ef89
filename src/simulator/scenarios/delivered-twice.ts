import type { Scenario } from "./scenario.ts";

export const DELIVERED_TWICE: Scenario = {
  title: "Delivered twice",
  shows: "The same webhook arrives twice, to the byte. It is one message, and gets one answer.",
  channel: "line",
  expected: { bubbles: 1, copies: 2, events: ["accepted"], redelivered: 0, turns: ["done 1"], deliveries: ["sent"] },
  async play(scene) {
    const { eventId } = await scene.says("Only once, please.");
    await scene.sets("redeliver", { eventId, isRedelivery: false });
  },
};
