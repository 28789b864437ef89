/**
 * Goal: the oracle of the sockets' fault points condemns what it should.
 * Method: one mechanism at a time is taken out at a seam, and the socket drops at each frame of a bot that answers in parts.
 */
import { expect, test } from "vitest";
import type { SocketEndpoint } from "../src/agents/socket.ts";
import type { Store } from "../src/store/store.ts";
import { webSocketBots } from "./support/faults/agent-transports.ts";
import { sqliteDisk } from "./support/faults/disk.ts";
import { SCENARIOS } from "./support/faults/scenarios.ts";
import { brokenBy, type Dropping, plansFor, undisturbed } from "./support/faults/socket-drops.ts";

const scenario = SCENARIOS.find(({ name }) => name === "seven replies go in two calls");

function inStore(change: (store: Store) => Partial<Store>): Partial<Dropping> {
  return {
    disk: () => {
      const disk = sqliteDisk();
      return {
        ...disk,
        open: async (parts) => {
          const store = await disk.open(parts);
          return { ...store, ...change(store) };
        },
      };
    },
  };
}

/** The bot's frames as `change` makes them. */
function inFrames(change: (frame: Record<string, unknown>) => object): Partial<Dropping> {
  const wrap = (endpoint: SocketEndpoint): SocketEndpoint => ({
    ...endpoint,
    open(socket, upgradeRequest) {
      const listener = endpoint.open(socket, upgradeRequest);
      return {
        onText: (text) => listener.onText(JSON.stringify(change(JSON.parse(text)))),
        onBinary: () => listener.onBinary(),
        onClose: () => listener.onClose(),
      };
    },
  });
  return {
    agentTransport: (plan) => (parts) => {
      const bots = webSocketBots(plan)(parts);
      return {
        ...bots,
        agent: () => {
          const agent = bots.agent();
          return { ...agent, endpoints: (agent.endpoints ?? []).map(wrap) };
        },
      };
    },
  };
}

const NEGATIVE_CONTROLS: readonly (readonly [without: string, overrides: Partial<Dropping>, verdict: RegExp])[] = [
  [
    "the number of a reply that is said again",
    inStore((store) => ({ answerTurn: (answer) => store.answerTurn({ ...answer, key: null }) })),
    /G8: people read/,
  ],
  [
    "the turns that a bot still has after a reconnect",
    inFrames((frame) => (frame.type === "hello" ? { ...frame, resume: [] } : frame)),
    /G8: people read/,
  ],
];

test.each(NEGATIVE_CONTROLS)("without %s a drop breaks a promise", async (_, overrides, verdict) => {
  if (scenario === undefined) throw new Error("there is no such scenario");
  const met: string[] = [];
  const dropping = { scenario, agentTransport: webSocketBots, ...overrides };
  const whole = await undisturbed(dropping);
  for (const plan of plansFor(whole)) {
    met.push(...(await brokenBy(dropping, whole, plan)));
    if (met.some((one) => verdict.test(one))) break;
  }
  expect(met).toContainEqual(expect.stringMatching(verdict));
});
