import type { Scenario } from "./scenario.ts";

export const WHATSAPP_BLOCKED: Scenario = {
  title: "WhatsApp: blocked",
  shows: "The person has blocked the number. WhatsApp takes the answer and says later that it failed: it is dead.",
  channel: "whatsapp",
  expected: { bubbles: 0, deliveries: ["dead"], calls: ["session refused 200"], receipts: ["failed"] },
  async play(scene) {
    await scene.does("blocks");
    await scene.says("You can't reach me.");
  },
};
