import { type Clock, every } from "../../runtime/clock.ts";
import type { EventFeed, FeedEntry } from "../../runtime/event-feed.ts";
import type { FeedEntry as WireFeedEntry } from "./wire.ts";

/** Interval of comment lines, in ms, which keep the connection open and detect a lost one. */
const HEARTBEAT_MS = 15_000;
/** A client with this number of unread events is disconnected; it resumes with its `Last-Event-ID`. */
const BEHIND_MAX = 1_000;
/** `retry:` for clients, in ms. */
const RETRY_MS = 2_000;

interface FeedRequest {
  readonly eventFeed: EventFeed;
  readonly clock: Clock;
  /** Prefix of event ids: numbers are valid only within one process. */
  readonly owner: string;
  /** The `Last-Event-ID` header; `null` for a new client. */
  readonly lastSeen: string | null;
  readonly stopping: AbortSignal;
}

/** The event feed as server-sent events, beginning with missed events that are still in the buffer. */
export function streamEventFeed(request: FeedRequest): ReadableStream<Uint8Array> {
  let end = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = feed(request, controller);
      },
      cancel: () => end(),
    },
    { highWaterMark: BEHIND_MAX },
  );
}

function feed(request: FeedRequest, controller: ReadableStreamDefaultController<Uint8Array>): () => void {
  const { eventFeed, clock, owner, stopping } = request;
  const encoder = new TextEncoder();
  let isOpen = true;
  let cancelHeartbeat = () => {};
  const write = (text: string) => {
    if (isOpen) controller.enqueue(encoder.encode(text));
  };
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    cancelHeartbeat();
    unfollow();
    stopping.removeEventListener("abort", close);
  };
  const close = () => {
    if (!isOpen) return;
    end();
    controller.close();
  };

  write(`retry: ${RETRY_MS}\n\n`);
  const { missed, isWhole } = missedSince(request);
  if (!isWhole) write("event: gap\ndata: {}\n\n");
  for (const entry of missed) write(eventOf(entry, owner));
  const unfollow = eventFeed.follow((entry) => {
    if ((controller.desiredSize ?? 0) <= 0) return close();
    write(eventOf(entry, owner));
  });
  cancelHeartbeat = every(clock, HEARTBEAT_MS, () => write(": heartbeat\n\n"));
  stopping.addEventListener("abort", close);
  if (stopping.aborted) close();
  return end;
}

/** A new client gets the buffer. A resumed one that missed more than the buffer gets a `gap` event. */
function missedSince({ eventFeed, owner, lastSeen }: FeedRequest): { missed: readonly FeedEntry[]; isWhole: boolean } {
  if (lastSeen === null) return { missed: eventFeed.since(0).slice(-BEHIND_MAX / 2), isWhole: true };
  const [, of, number] = /^(\w+)\.(\d{1,15})$/.exec(lastSeen) ?? [];
  if (of !== owner || number === undefined) {
    return { missed: eventFeed.since(0).slice(-BEHIND_MAX / 2), isWhole: false };
  }
  const all = eventFeed.since(Number(number));
  const missed = all.slice(-BEHIND_MAX / 2);
  const isNext = (missed[0]?.number ?? eventFeed.newest() + 1) === Number(number) + 1;
  return { missed, isWhole: isNext };
}

function eventOf({ number, at, level, message, fields }: FeedEntry, owner: string): string {
  const known = Object.entries(fields).filter(
    (field): field is [string, string | number | boolean | null] => field[1] !== undefined,
  );
  const entry: WireFeedEntry = {
    id: `${owner}.${number}`,
    at: new Date(at).toISOString(),
    level,
    message,
    fields: Object.fromEntries(known),
  };
  return `id: ${entry.id}\ndata: ${JSON.stringify(entry)}\n\n`;
}
