/** A whole gateway without a socket on any platform of the list, on which scenarios are run. */
import { inProcessAgent } from "../../src/agents/in-process.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { CHANNELS, type ChannelName } from "../../src/channels/index.ts";
import type { DeliverWebhook } from "../../src/channels/simulation/platform.ts";
import type { KnownEntry, Scenario } from "../../src/channels/simulation/scenario.ts";
import { type Progress, runScenario, type ScenarioResult } from "../../src/channels/simulation/scenario-run.ts";
import { createGateway } from "../../src/gateway.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import type { Store } from "../../src/store/store.ts";
import { manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

/** As in the demo, so that two lines become one turn. */
const BATCH = { quietMs: 1_000, maxWaitMs: 5_000 };
const STEP_MS = 1_000;
const PAGE = 100;

export interface ScenarioGateway extends AsyncDisposable {
  /** Armed faults. */
  faults(): unknown;
  run(scenario: Scenario, report?: (progress: Progress) => void): Promise<ScenarioResult>;
}

interface Misbehaviour {
  /** What misbehaves is put in between. */
  readonly wrap?: (channel: Channel) => Channel;
}

/** Its bot answers each turn with one message. */
export async function startScenarioGateway(
  name: ChannelName,
  { wrap = (channel) => channel }: Misbehaviour = {},
): Promise<ScenarioGateway> {
  const { simulator } = CHANNELS[name];
  const clock = manualClock();
  const random = seededRandom(17);
  let fetch: (request: Request) => Promise<Response> | Response = () => new Response(null, { status: 502 });
  const deliver: DeliverWebhook = async (body, headers) => {
    // A webhook crosses a network: it doesn't arrive before the answer of the call that it is about.
    await new Promise(setImmediate);
    const request = { method: "POST", body: new Uint8Array(body), headers: { ...headers } };
    return (await fetch(new Request(`http://gateway/webhook/${name}`, request))).status;
  };
  const model = simulator.set(simulator.variables)({ clock, random, webhookUrl: null, deliver });
  const store = sqlite({ file: ":memory:", clock, random });
  const gateway = createGateway({
    store,
    channels: [wrap(model.actions.channelInMemory(clock))],
    agent: inProcessAgent((turn) => [`echo ${turn.text}`]),
    batch: BATCH,
    log: QUIET,
    clock,
    random,
  });
  fetch = gateway.fetch;
  const running = await gateway.start();
  /** Moves the clock until that has ended. */
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let hasEnded = false;
    const ended = work.finally(() => {
      hasEnded = true;
    });
    ended.catch(() => {});
    while (!hasEnded) await clock.advance(STEP_MS);
    return await ended;
  };
  return {
    faults: () => model.views.faults?.(""),
    run: (scenario, report) =>
      during(
        runScenario(scenario, simulator.scenarios, {
          clock,
          random,
          command: (command, input) => model.commands[command]?.(input),
          view: (view, argument) => model.views[view]?.(argument),
          transcriptOf: (peerId) => transcriptOf(store, peerId),
          ...(report !== undefined && { report }),
        }),
      ),
    async [Symbol.asyncDispose]() {
      model.platform.close();
      await during(running.stop());
    },
  };
}

async function transcriptOf(store: Store, peerId: string): Promise<readonly KnownEntry[]> {
  const found = await store.search(peerId);
  const conversationId = found.find(({ kind }) => kind === "conversation")?.id;
  if (conversationId === undefined) return [];
  const timeline = await store.readTimeline({ conversationId, limit: PAGE, before: null });
  return timeline?.entries ?? [];
}

const silent = () => {};
const QUIET = { debug: silent, info: silent, warn: silent, error: silent, fatal: silent };
