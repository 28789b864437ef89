import { type Expectation, entriesOf, type Scenario, type Stage } from "../../channels/simulation/scenario.ts";
import { deliveries, events, handOuts, shows, turns } from "../../channels/simulation/scenario-expectations.ts";

const says = ({ person }: Stage) => person("The person writes", "says", { text: "Are you open today?" });

const isWithTheAgent: Expectation = {
  words: "the agent has the turn",
  unmet: (seen) => (entriesOf(seen, "turn").some(({ state }) => state === "leased") ? null : "it hasn't"),
};

/** A process may take long to start on a busy machine. */
const RESTART_LIMIT_MS = 120_000;

/**
 * About the agent and the gateway, the same on every platform: they need a host that has both (`agent` and `gateway` among its
 * commands).
 */
export const DEMO_SCENARIOS: readonly Scenario[] = [
  {
    id: "agent-slow",
    titleKey: "scenario.agentSlow",
    steps: async (stage) => {
      await stage.does("The agent takes 3 s for an answer", "agent", { mode: "delay", delayMs: 3_000 });
      await says(stage);
    },
    expects: [events(1), turns(1), handOuts(1), shows(1), deliveries("sent")],
  },
  {
    id: "agent-fails",
    titleKey: "scenario.agentFails",
    steps: async (stage) => {
      await stage.does("The agent fails twice", "agent", { mode: "fail", status: 500, times: 2 });
      await says(stage);
    },
    expects: [events(1), turns(1), handOuts(3), shows(1), deliveries("sent")],
  },
  {
    id: "agent-refuses",
    titleKey: "scenario.agentRefuses",
    steps: async (stage) => {
      await stage.does("The agent refuses every turn", "agent", { mode: "refuse" });
      await says(stage);
    },
    expects: [events(1), turns(1, "dead"), handOuts(1), shows(0), deliveries()],
  },
  {
    id: "gateway-killed",
    titleKey: "scenario.gatewayKilled",
    steps: async (stage) => {
      // However long a busy machine takes, it isn't answered before the kill.
      await stage.does("The agent doesn't answer the first call", "agent", { mode: "hang", times: 1 });
      await says(stage);
      await stage.until(isWithTheAgent);
      const kill = { do: "kill", restartAfterMs: 1_000 };
      await stage.does("The gateway is killed meanwhile, and starts again after 1 s", "gateway", kill);
    },
    expects: [events(1), turns(1), handOuts(2), shows(1), deliveries("sent")],
    limitMs: RESTART_LIMIT_MS,
  },
  {
    id: "gateway-frozen",
    titleKey: "scenario.gatewayFrozen",
    steps: async (stage) => {
      await stage.does("The gateway stands still for 3 s", "gateway", { do: "freeze", forMs: 3_000 });
      await says(stage);
    },
    expects: [events(1), turns(1), shows(1), deliveries("sent")],
    limitMs: RESTART_LIMIT_MS,
    // The platform may have given the first copy up, and sends another after some seconds.
    watchMs: 6_000,
  },
];
