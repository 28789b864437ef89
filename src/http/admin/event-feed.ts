/** `GET /api/event-feed`: what happens in this process, as server-sent events. */
import type { Hono } from "hono";
import { z } from "zod";
import type { Deps } from "../../pipeline/deps.ts";
import { type Clock, every } from "../../runtime/clock.ts";
import type { EventFeed, FeedEntry } from "../../runtime/event-feed.ts";
import { identityOf } from "./guard.ts";
import { createLineBatch, linesIn } from "./line-batch.ts";
import { countNodes } from "./nodes.ts";
import { problem } from "./problem.ts";
import { readQuery } from "./read-query.ts";
import { feedWithoutWords, wantsWords } from "./redact.ts";
import type { FeedEntryWire, FeedHello } from "./wire.ts";

/** Interval of heartbeats, in ms, which keep the connection open and detect a lost one. Processes are counted as often. */
const HEARTBEAT_MS = 15_000;
/** A client with this number of unread events is disconnected; it resumes with its `Last-Event-ID`. */
const BEHIND_MAX = 1_000;
/** A new client gets so many of the newest lines, a resumed one so many of those that it missed. */
const FIRST_MAX = BEHIND_MAX / 2;
/** `retry:` for clients, in ms. */
const RETRY_MS = 2_000;
/** A console shares one stream among its tabs, so this is for as many people. */
export const READERS_MAX = 20;

/** From the least. */
const LEVELS = ["info", "warn", "error", "fatal"] as const satisfies readonly FeedEntry["level"][];

const name = z.string().min(1).max(200).optional();

/** Lines that name that conversation, turn and channel, of that level and above. */
const QUERY = z.strictObject({
  conversation: name,
  turn: name,
  channel: name,
  level: z.enum(LEVELS).default("info"),
});
type Filter = z.output<typeof QUERY>;

type EventFeedDeps = Pick<Deps, "clock" | "ownership" | "stopping" | "store">;

export function mountEventFeed(api: Hono, deps: EventFeedDeps, eventFeed: EventFeed): void {
  const { clock, ownership, stopping } = deps;
  const { owner } = ownership;
  const textOf = sharedTexts(owner);
  const wordless = feedWithoutWords(eventFeed);
  const readers = { count: 0 };
  const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  api.get("/event-feed", async (c) => {
    const filter = readQuery(c, QUERY);
    if (filter instanceof Response) return filter;
    // Nothing would read the stream of a HEAD, or end it.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    const lastSeen = c.req.header("last-event-id") ?? null;
    const nodes = () => countNodes(deps);
    const hello: FeedHello = { owner, nodes: await nodes() };
    if (readers.count >= READERS_MAX) {
      return problem(c, 503, `${READERS_MAX} clients follow the feed, and no more may: close one of them`);
    }
    const source = wantsWords(c) ? eventFeed : wordless;
    const { until } = identityOf(c);
    const request = {
      eventFeed: source,
      clock,
      owner,
      lastSeen,
      stopping,
      until,
      hello,
      nodes,
      filter,
      textOf,
      readers,
    };
    return c.body(streamEventFeed(request), 200, headers);
  });
}

interface FeedRequest {
  readonly eventFeed: EventFeed;
  readonly clock: Clock;
  /** Prefix of event ids: numbers are valid only within one process. */
  readonly owner: string;
  /** The `Last-Event-ID` header; `null` for a new client. */
  readonly lastSeen: string | null;
  readonly stopping: AbortSignal;
  readonly hello: FeedHello;
  /** How many processes live now. */
  readonly nodes: () => Promise<FeedHello["nodes"]>;
  readonly filter: Filter;
  readonly textOf: (entry: FeedEntry) => Uint8Array;
  readonly readers: { count: number };
  /** When the client's session ends (epoch ms), and its stream with it, at the next heartbeat; `null`: never. */
  readonly until: number | null;
}

/** Begins with missed events that are still in the buffer. */
function streamEventFeed(request: FeedRequest): ReadableStream<Uint8Array> {
  let end = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = feed(request, controller);
      },
      cancel: () => end(),
    },
    { highWaterMark: BEHIND_MAX, size: linesIn },
  );
}

const encoder = new TextEncoder();

function feed(request: FeedRequest, controller: ReadableStreamDefaultController<Uint8Array>): () => void {
  const { eventFeed, clock, owner, stopping, until, filter, textOf, readers } = request;
  let { hello } = request;
  let isOpen = true;
  let cancelHeartbeat = () => {};
  const write = (bytes: Uint8Array) => {
    if (isOpen) controller.enqueue(bytes);
  };
  const batch = createLineBatch(clock, write);
  const writeText = (text: string) => write(encoder.encode(text));
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    batch.drop();
    readers.count -= 1;
    cancelHeartbeat();
    unfollow();
    stopping.removeEventListener("abort", close);
  };
  const close = () => {
    if (!isOpen) return;
    batch.flush();
    end();
    controller.close();
  };

  const sayHello = () => writeText(`event: hello\ndata: ${JSON.stringify(hello)}\n\n`);
  const sayNodes = async () => {
    const nodes = await request.nodes();
    if (nodes === hello.nodes) return;
    hello = { ...hello, nodes };
    sayHello();
  };

  readers.count += 1;
  writeText(`retry: ${RETRY_MS}\n`);
  sayHello();
  const { missed, isWhole } = missedSince(request);
  if (!isWhole) writeText("event: gap\ndata: {}\n\n");
  for (const entry of missed) batch.add(textOf(entry));
  batch.flush();
  const unfollow = eventFeed.follow((entry) => {
    if (!isWanted(filter, entry)) return;
    if ((controller.desiredSize ?? 0) <= batch.count()) return close();
    batch.add(textOf(entry));
  });
  cancelHeartbeat = every(clock, HEARTBEAT_MS, () => {
    if (until !== null && clock.now() >= until) return close();
    // A line that waits is older than the newest id.
    batch.flush();
    // With the newest id: a client whose filter lets little through has missed nothing that it wanted, when it resumes.
    writeText(`: heartbeat\nid: ${owner}.${eventFeed.newest()}\n\n`);
    sayNodes().catch((error: unknown) => {
      if (!isOpen) return;
      end();
      controller.error(error);
    });
  });
  stopping.addEventListener("abort", close);
  if (stopping.aborted) close();
  return end;
}

function isWanted({ conversation, turn, channel, level }: Filter, entry: FeedEntry): boolean {
  const { fields } = entry;
  return (
    (level === "info" || LEVELS.indexOf(entry.level) >= LEVELS.indexOf(level)) &&
    (channel === undefined || fields.channel === channel) &&
    (conversation === undefined || fields.conversationId === conversation) &&
    (turn === undefined || fields.turnId === turn)
  );
}

/** A new client gets the buffer. A resumed one that may have missed more than it gets a `gap` event. */
function missedSince(request: FeedRequest): { missed: readonly FeedEntry[]; isWhole: boolean } {
  const { eventFeed, owner, lastSeen, filter } = request;
  const [, of, digits] = /^(\w+)\.(\d{1,15})$/.exec(lastSeen ?? "") ?? [];
  const seen = of === owner && digits !== undefined ? Number(digits) : null;
  const kept = eventFeed.since(seen ?? 0);
  const wanted = kept.filter((entry) => isWanted(filter, entry));
  const missed = wanted.slice(-FIRST_MAX);
  if (seen === null) return { missed, isWhole: lastSeen === null };
  const isNext = (kept[0]?.number ?? eventFeed.newest() + 1) === seen + 1;
  return { missed, isWhole: isNext && missed.length === wanted.length };
}

/** A line is made into text once, for all readers, and not at all without one. */
function sharedTexts(owner: string): (entry: FeedEntry) => Uint8Array {
  const texts = new WeakMap<FeedEntry, Uint8Array>();
  return (entry) => {
    const known = texts.get(entry);
    if (known !== undefined) return known;
    const text = encoder.encode(eventOf(entry, owner));
    texts.set(entry, text);
    return text;
  };
}

function eventOf({ number, at, level, message, fields }: FeedEntry, owner: string): string {
  const known = Object.entries(fields).filter(
    (field): field is [string, string | number | boolean | null] => field[1] !== undefined,
  );
  const entry: FeedEntryWire = {
    id: `${owner}.${number}`,
    at: new Date(at).toISOString(),
    level,
    message,
    fields: Object.fromEntries(known),
  };
  return `id: ${entry.id}\ndata: ${JSON.stringify(entry)}\n\n`;
}
