import { entriesOf, exactly, type Scenario } from "../../../simulation/scenario.ts";
import { deliveries, shows, turns } from "../../../simulation/scenario-expectations.ts";

const messages = (...states: readonly string[]) =>
  exactly(
    `messages of the person that are ${states.join(", then ")}`,
    (seen) =>
      entriesOf(seen, "event")
        .filter(({ type }) => type === "message")
        .map(({ state }) => state),
    states,
  );

/** Somebody other than the bot has the chat. */
export const MESSENGER_HANDOVER_SCENARIOS: readonly Scenario[] = [
  {
    id: "colleague-answers",
    titleKey: "scenario.colleagueAnswers",
    steps: async ({ person, until }) => {
      await person("The person writes", "says", { text: "Are you open today?" });
      await until(deliveries("sent"));
      await person("A colleague answers in the page's inbox", "answers-by-hand", { text: "I'll take this one." });
    },
    expects: [
      turns(1),
      shows(1),
      {
        words: "what the colleague said is in the transcript",
        unmet: (seen) => (entriesOf(seen, "event").some(({ type }) => type === "echo") ? null : "it isn't"),
      },
    ],
  },
  {
    id: "other-app-has-the-chat",
    titleKey: "scenario.otherAppHasTheChat",
    steps: async ({ person }) => {
      await person("Another app takes the chat", "goes-elsewhere");
      await person("The person writes", "says", { text: "Is anybody there?" });
      await person("The chat comes back", "comes-back");
    },
    expects: [messages("stored"), turns(0), shows(0), deliveries()],
  },
];
