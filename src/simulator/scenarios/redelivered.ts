import type { Scenario } from "./scenario.ts";

export const REDELIVERED: Scenario = {
  title: "Redelivered",
  shows: "LINE sends a webhook again that the gateway had taken. The message is known, and gets one answer.",
  channel: "line",
  expected: { bubbles: 1, copies: 2, events: ["accepted"], turns: ["done 1"], deliveries: ["sent"], paid: 0 },
  async play(scene) {
    const { eventId } = await scene.says("Did you get this?");
    await scene.sets("redeliver", { eventId });
  },
};
