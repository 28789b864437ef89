import type { Scenario } from "./scenario.ts";

export const MESSENGER_BY_HAND: Scenario = {
  title: "Messenger: a colleague answers",
  shows: "A colleague answers in the page's inbox. The gateway hears of it, and the bot's own answers go on once each.",
  channel: "messenger",
  expected: { bubbles: 1, quoted: ["Thanks!"], turns: ["done 1"], deliveries: ["sent"] },
  async play(scene) {
    await scene.does("answers-by-hand", { text: "Hello from the shop." });
    await scene.says("Thanks!");
  },
};
