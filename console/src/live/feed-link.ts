/**
 * One stream for all tabs of a browser: the tab that holds a Web Lock reads it and hands everything on by a BroadcastChannel;
 * when that tab goes, the lock passes to another. Without Web Locks (plain http, which has no sign-in) each tab reads its own.
 */
import type { FeedEntryWire, FeedHello } from "../../../src/http/admin/wire.ts";
import { addressOf } from "../client/api.ts";
import { preferences } from "../preferences/preferences-store.ts";
import type { FeedEvent, FeedState } from "./feed-state.ts";

/** With and without words are two streams: while the tabs change over, none tells another what that one no longer shows. */
const nameOf = (words: boolean) => (words ? "turnpike-feed" : "turnpike-feed-without-words");
/** Lines are handed on together, this often at most, in ms. */
const FLUSH_MS = 250;
/** After an answer that isn't a stream, such as a 503, it is tried again so much later, in ms. */
const REOPEN_MS = 3_000;

type Message =
  | { readonly kind: "event"; readonly event: FeedEvent }
  /** A tab has come, and asks the one with the stream what there is. */
  | { readonly kind: "join" }
  | { readonly kind: "snapshot"; readonly state: FeedState };

export interface FeedLinkDeps {
  apply(event: FeedEvent): void;
  /** What another tab knows already. */
  adopt(state: FeedState): void;
  state(): FeedState;
  /** The stream was answered by something else. Whether the session has ended is for another request to find out. */
  refused(): void;
}

export interface FeedLink {
  /** Ends it, and lets another tab have the stream. */
  close(): void;
}

export function openFeedLink(deps: FeedLinkDeps): FeedLink {
  const name = nameOf(preferences().words);
  const channel = new BroadcastChannel(name);
  const closing = new AbortController();
  let isReader = false;
  const tell = (message: Message) => channel.postMessage(message);
  const emit = (event: FeedEvent) => {
    deps.apply(event);
    tell({ kind: "event", event });
  };
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (data.kind === "join") {
      if (isReader) tell({ kind: "snapshot", state: deps.state() });
    } else if (!isReader) {
      if (data.kind === "event") deps.apply(data.event);
      else deps.adopt(data.state);
    }
  });
  const read = async () => {
    if (closing.signal.aborted) return;
    isReader = true;
    await readStream({ emit, refused: deps.refused, signal: closing.signal });
  };
  tell({ kind: "join" });
  whenMine(name, read, closing.signal);
  return {
    close() {
      closing.abort();
      channel.close();
    },
  };
}

function whenMine(name: string, read: () => Promise<void>, signal: AbortSignal): void {
  const locks = "locks" in navigator ? navigator.locks : null;
  const reading = locks === null ? read() : locks.request(name, { signal }, read);
  Promise.resolve(reading).catch((error) => {
    // An aborted wait for the lock is what `close` wants; anything else is a bug, and the page's console has it.
    if (!signal.aborted) throw error;
  });
}

interface Reading {
  emit(event: FeedEvent): void;
  refused(): void;
  readonly signal: AbortSignal;
}

/** Resolves when the signal is aborted. */
async function readStream({ emit, refused, signal }: Reading): Promise<void> {
  const ended = Promise.withResolvers<void>();
  let source: EventSource | null = null;
  let reopen: ReturnType<typeof setTimeout> | undefined;
  const buffer = createBuffer((lines) => emit({ kind: "lines", lines, at: Date.now() }));
  const open = () => {
    source = new EventSource(addressOf("/event-feed"));
    source.addEventListener("hello", ({ data }: MessageEvent<string>) => {
      emit({ kind: "hello", ...(JSON.parse(data) as FeedHello), at: Date.now() });
    });
    source.addEventListener("gap", () => emit({ kind: "gap" }));
    source.addEventListener("message", ({ data }: MessageEvent<string>) =>
      buffer.add(JSON.parse(data) as FeedEntryWire),
    );
    source.addEventListener("error", () => {
      emit({ kind: "lost" });
      // Otherwise the browser connects again by itself.
      if (source?.readyState !== EventSource.CLOSED) return;
      refused();
      reopen = setTimeout(open, REOPEN_MS);
    });
  };
  signal.addEventListener("abort", () => {
    clearTimeout(reopen);
    buffer.clear();
    source?.close();
    ended.resolve();
  });
  open();
  await ended.promise;
}

function createBuffer(flush: (lines: readonly FeedEntryWire[]) => void) {
  let lines: FeedEntryWire[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(line: FeedEntryWire) {
      lines.push(line);
      timer ??= setTimeout(() => {
        timer = undefined;
        flush(lines.splice(0));
      }, FLUSH_MS);
    },
    clear() {
      clearTimeout(timer);
      lines = [];
    },
  };
}
