import { simulatorOf } from "../../channels/index.ts";
import { command } from "../../channels/simulation/control.ts";
import { BadCommand, type Command } from "../../channels/simulation/platform.ts";
import type { KnownEntry, Scenario } from "../../channels/simulation/scenario.ts";
import { assert } from "../../core/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { RunningSimulator, ScenarioHost } from "../registry.ts";
import { AGENT_ORDER, GATEWAY_ORDER } from "./orders.ts";
import { Runs } from "./runs.ts";
import { PageStream } from "./stream.ts";
import type {
  AgentOrder,
  AgentWire,
  FaultWire,
  GatewayOrder,
  GatewayWire,
  PlatformWire,
  SimulatorWire,
} from "./wire.ts";

/** The agent behind the gateway, as far as it can be played. */
export interface AgentControl {
  readonly state: AgentWire;
  set(order: AgentOrder): void;
  reset(): void;
  listen(listener: (agent: AgentWire) => void): void;
}

export type GatewayOutcome = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: string };

/** The gateway's process, and what its own API tells. */
export interface GatewayControl {
  readonly state: GatewayWire;
  /** Resolves when it is done: a start when the gateway is up. */
  order(order: GatewayOrder): Promise<GatewayOutcome>;
  startStoppedAccounts(): Promise<GatewayOutcome>;
  /** Of the conversation with that person; empty while there is none, or no gateway. */
  transcriptOf(peerId: string): Promise<readonly KnownEntry[]>;
  listen(listener: (gateway: GatewayWire) => void): void;
}

export interface SimulatedParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly simulators: readonly { readonly channel: string; readonly simulator: RunningSimulator }[];
  readonly agent: AgentControl;
  readonly gateway: GatewayControl;
  /** Of every platform: about the agent and the gateway. */
  readonly scenarios: readonly Scenario[];
}

export type StartedRun =
  | { readonly kind: "started"; readonly run: NonNullable<SimulatorWire["run"]> }
  | { readonly kind: "busy" | "unknown" };

/** All that is simulated, as one page shows and changes it. */
export class Simulated {
  readonly runs: Runs;
  readonly stream: PageStream;
  readonly #parts: SimulatedParts;

  constructor(parts: SimulatedParts) {
    this.#parts = parts;
    this.stream = new PageStream(parts.clock, () => this.state());
    this.runs = new Runs({ ...parts, onChange: (run) => this.stream.send("run", run) });
    parts.agent.listen((agent) => this.stream.send("agent", agent));
    parts.gateway.listen((gateway) => this.stream.send("gateway", gateway));
    for (const { channel, simulator } of parts.simulators) {
      simulator.platform.changes.listen(({ kind, record }) => {
        this.stream.send("change", { channel, kind, record });
        // One that was armed is used up.
        if (kind === "fault") this.tellPlatform(channel);
      });
    }
  }

  state(): SimulatorWire {
    const { simulators, agent, gateway } = this.#parts;
    const platforms = simulators.map(({ channel }) => this.#platform(channel));
    return { platforms, agent: agent.state, gateway: gateway.state, run: this.runs.newest };
  }

  /** `null`: there is no such platform. */
  simulatorOf(channel: string): RunningSimulator | null {
    return this.#parts.simulators.find((one) => one.channel === channel)?.simulator ?? null;
  }

  /** After a command: readers are told of the platform's settings. */
  tellPlatform(channel: string): void {
    this.stream.send("platform", this.#platform(channel));
  }

  startRun(channel: string, id: string): StartedRun {
    const simulator = this.simulatorOf(channel);
    if (simulator === null) return { kind: "unknown" };
    const scenario = this.#scenariosOf(channel).find((one) => one.id === id);
    if (scenario === undefined) return { kind: "unknown" };
    const { gateway } = this.#parts;
    const host = this.#hostOf(channel, simulator);
    const run = this.runs.start({ channel, scenario: id, titleKey: scenario.titleKey }, (report) =>
      simulator.runScenario(id, { transcriptOf: (peerId) => gateway.transcriptOf(peerId), report }, host),
    );
    return run === null ? { kind: "busy" } : { kind: "started", run };
  }

  /** Everything that can be set is as at the start, the gateway is up, and its accounts work. Screens and records stay. */
  async reset(): Promise<GatewayOutcome> {
    const { simulators, agent, gateway } = this.#parts;
    for (const { channel, simulator } of simulators) {
      await simulator.commands.reset?.({});
      this.tellPlatform(channel);
    }
    agent.reset();
    if (gateway.state.state !== "up") {
      const started = await gateway.order({ do: "start" });
      if (started.kind === "refused") return started;
    }
    return await gateway.startStoppedAccounts();
  }

  #platform(channel: string): PlatformWire {
    const { title, people } = entryOf(channel);
    const simulator = this.simulatorOf(channel);
    return {
      channel,
      title,
      people,
      scenarios: this.#scenariosOf(channel).map(({ id, titleKey }) => ({ id, titleKey })),
      faults: (simulator?.views.faults?.("") ?? []) as readonly FaultWire[],
      commands: Object.keys(simulator?.commands ?? {}),
    };
  }

  #scenariosOf(channel: string): readonly Scenario[] {
    return [...entryOf(channel).scenarios.list, ...this.#parts.scenarios];
  }

  /** Commands that a scenario gives beside the platform's own. */
  #hostOf(channel: string, simulator: RunningSimulator): ScenarioHost {
    const { agent, gateway, scenarios } = this.#parts;
    const told = Object.entries(simulator.commands).map(([name, run]): [string, Command] => [
      name,
      async (input) => {
        const result = await run(input);
        this.tellPlatform(channel);
        return result;
      },
    ]);
    const own = Object.fromEntries(told);
    return {
      scenarios,
      commands: {
        ...own,
        async reset(input) {
          agent.reset();
          return await own.reset?.(input);
        },
        agent: command(AGENT_ORDER, (order) => {
          agent.set(order);
          return agent.state;
        }),
        gateway: command(GATEWAY_ORDER, async (order) => {
          const outcome = await gateway.order(order);
          if (outcome.kind === "refused") throw new BadCommand(outcome.why);
          return gateway.state;
        }),
      },
    };
  }
}

function entryOf(channel: string) {
  const entry = simulatorOf(channel);
  assert(entry !== null, "only platforms of the list are simulated");
  return entry;
}
