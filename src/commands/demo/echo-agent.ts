import { agentHandler } from "../../agents/client/http-handler.ts";
import type { WireTurn } from "../../agents/protocol.ts";
import { type Listening, listen } from "../../http/server.ts";
import { type Clock, pause, systemClock } from "../../runtime/clock.ts";
import type { AgentControl } from "../../simulator/console-api/simulated.ts";
import type { AgentOrder, AgentWire } from "../../simulator/console-api/wire.ts";

export interface EchoAgent extends AgentControl, Listening {}

interface EchoAgentSeams {
  readonly clock?: Clock;
  /** Is told of a call that can't be read. Default: it is printed. */
  readonly onError?: (error: unknown) => void;
}

const ECHO: AgentWire = { mode: "echo", delayMs: 2_000, status: 500, times: null };
/** The gateway gives such a turn up. */
const REFUSED = 422;

/** A minimal bot: an HTTP server that verifies the signature and echoes the text, or is slow, or fails, as it is told. */
export async function startEchoAgent(secret: string, seams: EchoAgentSeams = {}): Promise<EchoAgent> {
  const behaviour = new Behaviour();
  const parts = { secret, behaviour, clock: systemClock(), ...seams };
  const listening = await listen((request) => answer(request, parts), { host: "127.0.0.1", port: 0 });
  return {
    ...listening,
    get state() {
      return behaviour.state;
    },
    set: (order) => behaviour.set(order),
    reset: () => behaviour.set(ECHO),
    listen: (listener) => behaviour.listen(listener),
  };
}

/** How it behaves now. */
class Behaviour {
  state = ECHO;
  /** Aborted with the next order: no call waits for one that was given before. */
  #changed = new AbortController();
  readonly #listeners: ((state: AgentWire) => void)[] = [];

  listen(listener: (state: AgentWire) => void): void {
    this.#listeners.push(listener);
  }

  set({ mode, delayMs = this.state.delayMs, status = this.state.status, times = null }: AgentOrder): void {
    this.#become({ mode, delayMs, status, times });
    this.#changed.abort("changed");
    this.#changed = new AbortController();
  }

  /** The behaviour for one call, of so many. */
  take(): AgentWire & { readonly changed: AbortSignal } {
    const taken = { ...this.state, changed: this.#changed.signal };
    const { times } = taken;
    if (times !== null) this.#become(times > 1 ? { ...this.state, times: times - 1 } : { ...this.state, ...NO_MORE });
    return taken;
  }

  #become(state: AgentWire): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

const NO_MORE = { mode: "echo", times: null } as const;

type AgentParts = Omit<EchoAgentSeams, "clock"> & {
  readonly secret: string;
  readonly behaviour: Behaviour;
  readonly clock: Clock;
};

async function answer(request: Request, { behaviour, clock, ...options }: AgentParts): Promise<Response> {
  let failsWith: number | null = null;
  const handler = agentHandler(async (turn) => {
    const { mode, delayMs, status, changed } = behaviour.take();
    switch (mode) {
      case "echo":
        return echo(turn);
      case "many":
        return [echo(turn), "That was the first of three.", "And this is the last."];
      case "delay":
        await pause(clock, delayMs, AbortSignal.any([changed, request.signal]));
        return echo(turn);
      case "fail":
        failsWith = status;
        return [];
      case "refuse":
        failsWith = REFUSED;
        return [];
      case "hang":
        await aborted(AbortSignal.any([changed, request.signal]));
        failsWith = 503;
        return [];
      default:
        return mode satisfies never;
    }
  }, options);
  const response = await handler(request);
  return failsWith === null ? response : Response.json({ message: "as it was told" }, { status: failsWith });
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

function echo({ text, events }: Pick<WireTurn, "text" | "events">): string {
  if (text === "") {
    const tapped = events.flatMap(({ postback }) => (postback === undefined ? [] : [postback.data]));
    return tapped.length > 0 ? `You tapped: ${tapped.join(" · ")}` : "You sent something without words.";
  }
  const lines = text.split("\n");
  return lines.length === 1 ? `You said: ${text}` : `You said ${lines.length} things: ${lines.join(" · ")}`;
}
