import { type Expectation, entriesOf, exactly, type Scenario } from "../../../simulation/scenario.ts";
import { answers, copyResults, deliveries, events, shows, turns } from "../../../simulation/scenario-expectations.ts";

/** A `delivered` that comes after `read` says nothing new, and need not be kept. */
const isReadOnce: Expectation = {
  words: "the message is read, and no status of it counts twice",
  unmet(seen) {
    const statuses = entriesOf(seen, "receipt").map(({ status }) => status);
    const isGood = statuses.includes("read") && new Set(statuses).size === statuses.length;
    return isGood ? null : statuses.join(", ") || "no status";
  },
};

/** What the platform says of a message after it has taken it. */
export const WHATSAPP_STATUS_SCENARIOS: readonly Scenario[] = [
  {
    id: "statuses-twice",
    titleKey: "scenario.statusesTwice",
    steps: async ({ person, does }) => {
      const mixed = { twice: 1, jitterMs: 800, readAfterMs: 300 };
      await does("WhatsApp sends each status twice, and mixes them up", "statuses", mixed);
      await person("The person writes", "says", { text: "Are you open today?" });
    },
    expects: [isReadOnce, turns(1), shows(1), deliveries("sent")],
  },
  {
    id: "blocked",
    titleKey: "scenario.blocked",
    steps: async ({ person }) => {
      await person("The person blocks the business", "blocks");
      await person("and writes", "says", { text: "Are you open today?" });
    },
    expects: [
      answers(200),
      deliveries("dead"),
      exactly("the message failed with 131026", (seen) => failuresOf(entriesOf(seen, "delivery")), ["131026"]),
      shows(0),
    ],
  },
  {
    id: "taken-back",
    titleKey: "scenario.takenBack",
    steps: async ({ person }) => {
      const { messageId } = await person("The person writes", "says", { text: "I shouldn't say this." });
      await person("and takes it back at once", "revokes", { messageId });
    },
    expects: [
      copyResults("ok"),
      exactly(
        "the event is retracted",
        (seen) =>
          entriesOf(seen, "event")
            .filter(({ type }) => type === "message")
            .map(({ state }) => state),
        ["retracted"],
      ),
      events(1),
      shows(0),
      deliveries(),
    ],
  },
];

function failuresOf(all: readonly { readonly reason: string | null }[]): string[] {
  return all.map(({ reason }) => /\d{6}/.exec(reason ?? "")?.[0] ?? "no code");
}
