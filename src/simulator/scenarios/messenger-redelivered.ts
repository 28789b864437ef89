import type { Scenario } from "./scenario.ts";

export const MESSENGER_REDELIVERED: Scenario = {
  title: "Messenger: redelivered",
  shows: "Messenger sends a webhook again that the gateway had taken. The message is known, and gets one answer.",
  channel: "messenger",
  expected: { bubbles: 1, copies: 2, events: ["accepted"], turns: ["done 1"], deliveries: ["sent"] },
  async play(scene) {
    const { webhookId } = await scene.says("Did you get this?");
    await scene.sets("redeliver", { webhookId });
  },
};
