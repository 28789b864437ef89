import type { Clock } from "../../runtime/clock.ts";
import type { Happening, Happenings } from "../../runtime/happenings.ts";
import type { Happening as WireHappening } from "./wire.ts";

/** A line without meaning this often keeps the connection open, and finds one that is gone, in ms. */
const HEARTBEAT_MS = 15_000;
/** A reader who is so far behind is sent away: it comes back with the number that it saw last. */
const BEHIND_MAX = 1_000;
/** When the browser asks again after a lost connection, in ms. */
const RETRY_MS = 2_000;

interface Look {
  readonly happenings: Happenings;
  readonly clock: Clock;
  /** Names this process: numbers of another one mean nothing here. */
  readonly owner: string;
  /** The `Last-Event-ID` header; `null` for a first look. */
  readonly lastSeen: string | null;
  readonly stopping: AbortSignal;
}

/** Facts as they happen, as server-sent events. What was missed and is still kept comes first. */
export function streamHappenings(look: Look): ReadableStream<Uint8Array> {
  let end = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = feed(look, controller);
      },
      cancel: () => end(),
    },
    { highWaterMark: BEHIND_MAX },
  );
}

function feed(look: Look, controller: ReadableStreamDefaultController<Uint8Array>): () => void {
  const { happenings, clock, owner, stopping } = look;
  const encoder = new TextEncoder();
  let isOpen = true;
  let cancelBeat = () => {};
  const write = (text: string) => {
    if (isOpen) controller.enqueue(encoder.encode(text));
  };
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    cancelBeat();
    unfollow();
    stopping.removeEventListener("abort", close);
  };
  const close = () => {
    if (!isOpen) return;
    end();
    controller.close();
  };
  const beat = () => {
    write(": still here\n\n");
    cancelBeat = clock.after(HEARTBEAT_MS, beat);
  };

  write(`retry: ${RETRY_MS}\n\n`);
  const { missed, isWhole } = missedSince(look);
  if (!isWhole) write("event: gap\ndata: {}\n\n");
  for (const happening of missed) write(eventOf(happening, owner));
  const unfollow = happenings.follow((happening) => {
    if ((controller.desiredSize ?? 0) <= 0) return close();
    write(eventOf(happening, owner));
  });
  cancelBeat = clock.after(HEARTBEAT_MS, beat);
  stopping.addEventListener("abort", close);
  if (stopping.aborted) close();
  return end;
}

/** A first look gets what is kept. A later one that missed more than that is told of the gap. */
function missedSince({ happenings, owner, lastSeen }: Look): { missed: readonly Happening[]; isWhole: boolean } {
  if (lastSeen === null) return { missed: happenings.since(0).slice(-BEHIND_MAX / 2), isWhole: true };
  const [, of, number] = /^(\w+)\.(\d{1,15})$/.exec(lastSeen) ?? [];
  if (of !== owner || number === undefined) {
    return { missed: happenings.since(0).slice(-BEHIND_MAX / 2), isWhole: false };
  }
  const all = happenings.since(Number(number));
  const missed = all.slice(-BEHIND_MAX / 2);
  const isNext = (missed[0]?.number ?? happenings.newest() + 1) === Number(number) + 1;
  return { missed, isWhole: isNext };
}

function eventOf({ number, at, level, message, fields }: Happening, owner: string): string {
  const known = Object.entries(fields).filter(
    (field): field is [string, string | number | boolean | null] => field[1] !== undefined,
  );
  const happening: WireHappening = {
    id: `${owner}.${number}`,
    at: new Date(at).toISOString(),
    level,
    message,
    fields: Object.fromEntries(known),
  };
  return `id: ${happening.id}\ndata: ${JSON.stringify(happening)}\n\n`;
}
