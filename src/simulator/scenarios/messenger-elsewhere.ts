import type { Scenario } from "./scenario.ts";

export const MESSENGER_ELSEWHERE: Scenario = {
  title: "Messenger: another app holds the chat",
  shows: "Another app has the conversation. What the person writes there is stored, and the bot keeps silent.",
  channel: "messenger",
  expected: { bubbles: 0, events: ["stored"], turns: [], deliveries: [] },
  async play(scene) {
    await scene.does("goes-elsewhere");
    await scene.says("Is a human there?");
    await scene.does("comes-back");
  },
};
