import type { Scenario } from "./scenario.ts";

export const WHATSAPP_FAILS_LATER: Scenario = {
  title: "WhatsApp: fails after the 200",
  shows: "WhatsApp takes the answer and says later that this person can't get it. It is dead, and a person sees why.",
  channel: "whatsapp",
  expected: { bubbles: 0, deliveries: ["dead"], calls: ["session refused 200"], receipts: ["failed"] },
  async play(scene) {
    await scene.sets("fails-next", { code: 131_026 });
    await scene.says("Can you reach me?");
  },
};
