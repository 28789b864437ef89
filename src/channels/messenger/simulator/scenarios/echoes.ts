import type { Scenario, Stage } from "../../../simulation/scenario.ts";
import { answers, attempts, deliveries, evidence, shows } from "../../../simulation/scenario-expectations.ts";

const cutsNext = ({ does }: Stage) =>
  does("Messenger takes the next message, and breaks the connection", "faults", {
    route: "send",
    at: "after-accept",
    how: "disconnect",
  });
const says = ({ person }: Stage) => person("The person writes", "says", { text: "Are you open today?" });

/** A call without an answer: only the message's echo tells what became of it. */
export const MESSENGER_ECHO_SCENARIOS: readonly Scenario[] = [
  {
    id: "cut-echo-comes",
    titleKey: "scenario.cutEchoComes",
    steps: async (stage) => {
      await cutsNext(stage);
      await says(stage);
    },
    expects: [
      answers("disconnect"),
      attempts("session unknown"),
      deliveries("sent"),
      evidence("receipt: echo"),
      shows(1),
    ],
  },
  {
    id: "outcome-stays-unknown",
    titleKey: "scenario.outcomeStaysUnknown",
    steps: async (stage) => {
      await stage.does("Messenger loses the echo of the next message", "lose-echoes", { count: 1 });
      await cutsNext(stage);
      await says(stage);
    },
    expects: [answers("disconnect"), attempts("session unknown"), deliveries("unknown"), shows(1)],
    // Longer than the gateway waits for an echo: it must not send the answer once more.
    watchMs: 35_000,
  },
];
