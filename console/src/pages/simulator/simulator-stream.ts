/** The stream of the simulator's server: one while the page is open and seen. */
import type { StreamWire } from "../../../../src/simulator/console-api/wire.ts";
import { addressOf } from "../../client/api.ts";
import { createThrottle, type Throttle } from "../../live/throttle.ts";
import { type SimulatorEvent, screenOf } from "./simulator-state.ts";

/** A screen is read anew this often at most, in ms. */
const REREAD_MS = 250;
/** After an answer that isn't a stream it is tried again so much later, in ms. */
const REOPEN_MS = 2_000;
/** A browser has six connections to a host: a tab that isn't seen gives this one back after so long, in ms. */
const REST_AFTER_MS = 10_000;

export interface StreamDeps {
  apply(event: SimulatorEvent): void;
  rereadScreen(channel: string, screenId: string): Promise<unknown>;
  /** After a greeting: changes may have been missed. */
  rereadScreens(): void;
  /** Whether the stream is there. */
  status(isLive: boolean): void;
  /** It was answered by something else. */
  refused(): void;
}

export function openSimulatorStream(deps: StreamDeps): () => void {
  const throttled = createThrottles();
  let source: EventSource | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(addressOf("/simulator/stream"));
    on(source, "hello", (data) => {
      deps.apply({ kind: "hello", data });
      deps.status(true);
      deps.rereadScreens();
    });
    on(source, "change", (change) => {
      const { channel } = change;
      const screenId = screenOf(change);
      if (screenId !== null) throttled(`${channel} ${screenId}`, () => deps.rereadScreen(channel, screenId)).ask();
    });
    on(source, "platform", (data) => deps.apply({ kind: "platform", data }));
    on(source, "agent", (data) => deps.apply({ kind: "agent", data }));
    on(source, "gateway", (data) => deps.apply({ kind: "gateway", data }));
    on(source, "run", (data) => deps.apply({ kind: "run", data }));
    source.addEventListener("error", () => {
      deps.status(false);
      // Otherwise the browser connects again by itself.
      if (source?.readyState !== EventSource.CLOSED) return;
      deps.refused();
      reopening = setTimeout(open, REOPEN_MS);
    });
  };
  const close = () => {
    clearTimeout(resting);
    clearTimeout(reopening);
    source?.close();
    source = null;
  };
  const onVisibility = () => {
    if (document.visibilityState === "hidden") {
      clearTimeout(resting);
      resting = setTimeout(close, REST_AFTER_MS);
    } else if (source === null || source.readyState === EventSource.CLOSED) {
      close();
      open();
    } else clearTimeout(resting);
  };
  document.addEventListener("visibilitychange", onVisibility);
  open();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    throttled.stop();
    close();
  };
}

/** What the stream says is taken at its type: the server builds it with the same. */
function on<K extends keyof StreamWire>(source: EventSource, name: K, take: (data: StreamWire[K]) => void): void {
  source.addEventListener(name, ({ data }: MessageEvent<string>) => take(JSON.parse(data) as StreamWire[K]));
}

function createThrottles() {
  const all = new Map<string, Throttle>();
  const throttled = (key: string, run: () => Promise<unknown>): Throttle => {
    const known = all.get(key) ?? createThrottle(run, REREAD_MS);
    all.set(key, known);
    return known;
  };
  return Object.assign(throttled, {
    stop() {
      for (const one of all.values()) one.stop();
    },
  });
}
