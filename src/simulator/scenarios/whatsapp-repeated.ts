import type { Scenario } from "./scenario.ts";

export const WHATSAPP_REPEATED: Scenario = {
  title: "WhatsApp: redelivered",
  shows: "WhatsApp sends a webhook again that the gateway had taken. The message is known, and gets one answer.",
  channel: "whatsapp",
  expected: { bubbles: 1, copies: 2, events: ["accepted"], turns: ["done 1"], deliveries: ["sent"] },
  async play(scene) {
    const { webhookId } = await scene.says("Did you get this?");
    await scene.sets("repeat", { webhookId });
  },
};
