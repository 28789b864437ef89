import type { ContentRead } from "../../agents/agent.ts";
import type { MediaOutcome } from "../../channels/channel.ts";
import type { TurnEvent } from "../../core/event.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { deadline, pause } from "../../runtime/clock.ts";
import type { Deps } from "../deps.ts";

/** Media that are in memory at the same time, of all agents: each may be as long as a frame. */
const AT_ONCE = 4;
/** Time limit for one content, including the platform's preparation, in ms. */
const TIME_MS = 20_000;
/** LINE transcodes video and audio for some seconds before it serves them. */
const RETRY_PREPARING_MS = 1_000;

export type ContentDeps = Pick<Deps, "channels" | "clock" | "stopping" | "report">;

/** Reads a person's media into memory, for agents that can't fetch a link. */
export function createContentReader(deps: ContentDeps) {
  const waiting: (() => void)[] = [];
  let reading = 0;

  async function acquirePlace(): Promise<void> {
    if (reading < AT_ONCE) {
      reading += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  }

  /** Passes the place to the reader that has waited longest. */
  function releasePlace(): void {
    const next = waiting.shift();
    if (next === undefined) reading -= 1;
    else next();
  }

  return async function readContent(turn: ClaimedTurn, event: TurnEvent, limitBytes: number): Promise<ContentRead> {
    const { channel, account } = turn.conversation;
    const media = deps.channels.find(channel, account)?.media;
    const reference = media?.referenceOf(event.content) ?? null;
    if (media === undefined || reference === null) return { kind: "elsewhere" };
    await acquirePlace();
    const limit = deadline(deps.clock, TIME_MS, deps.stopping);
    try {
      const outcome = await openPrepared(() => media.open(reference, limit.signal), deps, limit.signal);
      return await readWhole(outcome, limitBytes, limit.signal);
    } catch (error) {
      const reason = limit.signal.aborted ? `not fetched within ${TIME_MS} ms` : "the connection broke";
      deps.report.contentNotRead({ channel, account, eventId: event.eventId, error });
      return { kind: "unavailable", reason };
    } finally {
      limit.cancel();
      releasePlace();
    }
  };
}

async function openPrepared(
  open: () => Promise<MediaOutcome>,
  { clock }: Pick<Deps, "clock">,
  signal: AbortSignal,
): Promise<MediaOutcome> {
  for (;;) {
    const outcome = await open();
    if (outcome.kind !== "preparing" || signal.aborted) return outcome;
    await pause(clock, RETRY_PREPARING_MS, signal);
  }
}

async function readWhole(outcome: MediaOutcome, limitBytes: number, signal: AbortSignal): Promise<ContentRead> {
  switch (outcome.kind) {
    case "gone":
    case "preparing":
    case "unavailable":
      return outcome;
    case "content":
      break;
    default:
      return outcome satisfies never;
  }
  const { body, type, size } = outcome;
  if (size !== null && size > limitBytes) {
    await body.cancel();
    return { kind: "too-long", size };
  }
  const reader = body.getReader();
  // Cancels the rest; a failed source has nothing to cancel.
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw new Error("the time is up");
      if (done) return { kind: "bytes", bytes: Buffer.concat(chunks), type };
      length += value.length;
      if (length > limitBytes) {
        stop();
        return { kind: "too-long", size: null };
      }
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
