/** What the simulator's page knows, as a pure reducer over its stream. */
import type { SimulatorWire, StreamWire } from "../../../../src/simulator/console-api/wire.ts";

type EventKind = "hello" | "agent" | "gateway" | "run" | "platform";
export type SimulatorEvent = { [K in EventKind]: { readonly kind: K; readonly data: StreamWire[K] } }[EventKind];

/** `undefined`: nothing is known yet, and only a greeting changes that. */
export function reduceSimulator(state: SimulatorWire | undefined, event: SimulatorEvent): SimulatorWire | undefined {
  if (event.kind === "hello") return event.data;
  if (state === undefined) return undefined;
  switch (event.kind) {
    case "agent":
      return { ...state, agent: event.data };
    case "gateway":
      return { ...state, gateway: event.data };
    case "run":
      // An earlier run that tells its end late doesn't take the newest one's place.
      return (state.run?.startedAt ?? 0) > event.data.startedAt ? state : { ...state, run: event.data };
    case "platform": {
      const { data } = event;
      return { ...state, platforms: state.platforms.map((one) => (one.channel === data.channel ? data : one)) };
    }
    default:
      return event satisfies never;
  }
}

/** The screen that is to be read anew after that change; `null`: none. */
export function screenOf({ kind, record }: StreamWire["change"]): string | null {
  if (kind !== "screen" || !("peerId" in record)) return null;
  return typeof record.peerId === "string" ? record.peerId : null;
}
