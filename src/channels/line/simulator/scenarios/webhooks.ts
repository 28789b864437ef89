import type { Expectation, Scenario } from "../../../simulation/scenario.ts";
import { entriesOf } from "../../../simulation/scenario.ts";
import { copies, deliveries, events, shows, turns } from "../../../simulation/scenario-expectations.ts";

/** One of the events came marked as redelivered. */
const isMarked: Expectation = {
  words: "one event that is marked as redelivered",
  unmet(seen) {
    const marked = entriesOf(seen, "event").filter(({ redelivered }) => redelivered);
    return marked.length === 1 ? null : `${marked.length} of them`;
  },
};

/** A bot that repeats what it was given tells in which order that was; of another one nothing is asked. */
const isInOrder: Expectation = {
  words: "the bot was given both in the order in which they were sent",
  unmet({ bubbles: [first] }) {
    const [one, two] = ["One.", "Two."].map((text) => first?.text?.indexOf(text) ?? -1);
    if (one === undefined || two === undefined || one === -1 || two === -1) return null;
    return one < two ? null : "the second before the first";
  },
};

export const LINE_WEBHOOK_SCENARIOS: readonly Scenario[] = [
  {
    id: "delivered-twice",
    titleKey: "scenario.deliveredTwice",
    steps: async ({ person, does }) => {
      const { eventId } = await person("The person writes", "says", { text: "Is this one message?" });
      await does("The network makes an exact copy", "redeliver", { eventId, isRedelivery: false });
    },
    expects: [copies(2), events(1), turns(1), shows(1), deliveries("sent")],
  },
  {
    id: "redelivered",
    titleKey: "scenario.redelivered",
    steps: async ({ person, does }) => {
      const { eventId } = await person("The person writes", "says", { text: "Is this one message?" });
      await does("LINE sends the event again, marked as redelivered", "redeliver", { eventId });
    },
    expects: [copies(2), events(1), turns(1), shows(1), deliveries("sent")],
  },
  {
    id: "out-of-order",
    titleKey: "scenario.outOfOrder",
    steps: async ({ person, does, passes }) => {
      const { eventId } = await person("The first message is lost on its way", "says", { text: "One.", lost: true });
      // The order is entriesOf from the platform's times, which are in whole ms.
      await passes(100);
      await person("The second arrives", "says", { text: "Two." });
      await does("The first arrives after it", "redeliver", { eventId });
    },
    expects: [events(2), isMarked, turns(1), shows(1), isInOrder, deliveries("sent")],
  },
  {
    id: "taken-back",
    titleKey: "scenario.takenBack",
    steps: async ({ person }) => {
      const { messageId } = await person("The person writes", "says", { text: "I shouldn't say this." });
      await person("and takes it back at once", "unsends", { messageId });
    },
    expects: [
      {
        words: "the event is retracted",
        unmet(seen) {
          const [event] = entriesOf(seen, "event").filter(({ type }) => type === "message");
          return event?.state === "retracted" ? null : (event?.state ?? "no event");
        },
      },
      shows(0),
      deliveries(),
    ],
  },
];
