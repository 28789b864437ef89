import type { Scenario } from "./scenario.ts";
import { copies, copyResults, deliveries, events, shows, turns } from "./scenario-expectations.ts";

interface WebhookWords {
  /** The result of a copy whose answer never came. */
  readonly late: string;
}

/** What can happen to the webhooks of any platform. */
export function webhookScenarios({ late }: WebhookWords): readonly Scenario[] {
  return [
    {
      id: "two-lines",
      titleKey: "scenario.twoLines",
      steps: async ({ person }) => {
        await person("The person writes a line", "says", { text: "Hello." });
        await person("and at once another", "says", { text: "Are you open today?" });
      },
      expects: [events(2), turns(1), shows(1), deliveries("sent")],
    },
    {
      id: "first-copy-lost",
      titleKey: "scenario.firstCopyLost",
      steps: async ({ person }) => {
        await person("The first copy of the webhook is lost", "says", { text: "Does this arrive?", lost: true });
      },
      expects: [copyResults("lost", "ok"), events(1), turns(1), shows(1), deliveries("sent")],
    },
    {
      id: "answer-lost",
      titleKey: "scenario.answerLost",
      steps: async ({ person }) => {
        await person("The gateway's 200 is lost on its way", "says", { text: "Did you get this?", answerLost: true });
      },
      expects: [copyResults(late, "ok"), copies(2), events(1), turns(1), shows(1), deliveries("sent")],
    },
  ];
}
