import type { Scenario } from "./scenario.ts";

export const WHATSAPP_STATUSES: Scenario = {
  title: "WhatsApp: statuses twice, mixed up",
  shows: "Every status comes twice and out of order. Each counts once, and none leads back.",
  channel: "whatsapp",
  expected: { bubbles: 1, deliveries: ["sent"], receipts: ["read"], repeatedReceipts: 0 },
  async play(scene) {
    await scene.sets("statuses", { twice: 1, jitterMs: 800, readAfterMs: 300 });
    await scene.says("Did you read this?");
  },
};
