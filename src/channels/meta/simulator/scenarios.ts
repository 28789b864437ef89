import type { Scenario } from "../../simulation/scenario.ts";
import { answers, copies, deliveries, events, shows, turns } from "../../simulation/scenario-expectations.ts";
import { webhookScenarios } from "../../simulation/webhook-scenarios.ts";

interface PlatformWords {
  readonly title: string;
  /** The command that repeats a webhook. */
  readonly again: string;
}

/** What all of Meta's platforms have in common. */
export function metaScenarios({ title, again }: PlatformWords): readonly Scenario[] {
  return [
    ...webhookScenarios({ late: "timeout" }),
    {
      id: "delivered-thrice",
      titleKey: "scenario.deliveredThrice",
      steps: async ({ person }) => {
        await person(`${title} sends three copies at once`, "says", { text: "Is this one message?", copies: 3 });
      },
      expects: [copies(3), events(1), turns(1), shows(1), deliveries("sent")],
    },
    {
      id: "redelivered",
      titleKey: "scenario.redelivered",
      steps: async ({ person, does }) => {
        const { webhookId } = await person("The person writes", "says", { text: "Is this one message?" });
        await does(`${title} sends the webhook again`, again, { webhookId });
      },
      expects: [copies(2), events(1), turns(1), shows(1), deliveries("sent")],
    },
    {
      id: "too-fast",
      titleKey: "scenario.tooFast",
      steps: async ({ person, does }) => {
        const fault = { route: "send", at: "before-accept", how: 429 };
        await does(`${title} finds the next message too fast`, "faults", fault);
        await person("The person writes", "says", { text: "Are you open today?" });
      },
      expects: [answers(429, 200), turns(1), shows(1), deliveries("sent")],
    },
  ];
}
