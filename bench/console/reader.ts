/** What the console asks of the gateway, without a browser: its live stream, and what two pages ask for again and again. */
import { setInterval as everyMs } from "node:timers/promises";
import type { Program } from "../support/program.ts";
import { adminUrlOf } from "./chromium.ts";

export interface Reader extends AsyncDisposable {
  /** Number of the newest log line that was read. */
  newest(): number;
}

const ID = /^id: \w+\.(\d+)$/gm;

/** A client of the live stream that reads it and does nothing with it. */
export async function followFeed(program: Program): Promise<Reader> {
  const stop = new AbortController();
  const { body, ok, status } = await fetch(`${adminUrlOf(program)}/api/event-feed`, { signal: stop.signal });
  if (!ok || body === null) throw new Error(`the live stream was answered ${status}`);
  let newest = 0;
  const read = async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const part of body) {
      text += decoder.decode(part, { stream: true });
      const end = text.lastIndexOf("\n") + 1;
      for (const [, number] of text.slice(0, end).matchAll(ID)) newest = Number(number);
      text = text.slice(end);
    }
    throw new Error("the live stream has ended");
  };
  const reading = untilAborted(read, stop.signal);
  return {
    newest: () => newest,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}

const OFTEN_MS = 5_000;
/** What a tab on the overview and one on the log ask for together: each has the badge of what needs somebody. */
const OFTEN = ["/api/overview", "/api/overview", "/api/pulse?window=15m", "/api/agents"];
/** Every third time. */
const SELDOM = ["/api/nodes", "/api/accounts"];

/** A client that asks for it as often as the pages do. */
export function pollPages(program: Program): AsyncDisposable {
  const stop = new AbortController();
  const ask = async (path: string) => {
    const answer = await fetch(`${adminUrlOf(program)}${path}`, { signal: stop.signal });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
    await answer.arrayBuffer();
  };
  const polling = untilAborted(async () => {
    let times = 0;
    for await (const _ of everyMs(OFTEN_MS, undefined, { signal: stop.signal })) {
      await Promise.all([...OFTEN, ...(times % 3 === 0 ? SELDOM : [])].map(ask));
      times += 1;
    }
  }, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await polling;
    },
  };
}

/** What it throws when it is stopped is what stopping it means. */
async function untilAborted(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
