import type { Scenario } from "./scenario.ts";

export const WHATSAPP_TAKEN_BACK: Scenario = {
  title: "WhatsApp: taken back",
  shows: "The person takes the message back before the bot has it. The bot never sees it, and nothing is answered.",
  channel: "whatsapp",
  expected: { bubbles: 0, events: ["retracted"], deliveries: [] },
  async play(scene) {
    const { messageId } = await scene.says("Forget this.");
    await scene.does("revokes", { messageId });
  },
};
