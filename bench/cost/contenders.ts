/** Four contenders for the same month. */
import { inProcessAgent } from "../../src/agents/in-process.ts";
import { type LineOptions, line as lineChannel } from "../../src/channels/line/index.ts";
import { createGateway } from "../../src/gateway.ts";
import { pause } from "../../src/runtime/clock.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { answerOf, endedBurst } from "./month.ts";
import { type Contender, SECRET, TOKEN } from "./playback.ts";

/** Turnpike's debounce. */
const QUIET_MS = 1_500;
const HOUR_MS = 3_600_000;

interface WireEvent {
  readonly replyToken?: string;
  readonly source?: { readonly groupId?: string; readonly userId: string };
  readonly message?: { readonly text?: string };
}

type Post = (path: string, body: unknown) => Promise<void>;
type Say = (
  answer: readonly string[],
  asked: { token: string; at: number; now: number; to: string },
  post: Post,
) => Promise<void>;

/** A bot without Turnpike. The message text marks the end of a burst, which it answers once. */
function simpleBot(say: Say): Contender {
  return async ({ clock, line, month }) => {
    const platformClient = line.platformClient({ clock, sendTimeoutMs: 10_000 });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const post: Post = async (path, body) => {
      await platformClient.post(`/v2/bot/message/${path}`, headers, JSON.stringify(body));
    };
    async function answer(event: WireEvent, at: number): Promise<void> {
      const burst = month.bursts[endedBurst(event.message?.text ?? "") ?? -1];
      if (burst === undefined || event.replyToken === undefined) return;
      await pause(clock, QUIET_MS + burst.thinksMs);
      const to = event.source?.groupId ?? event.source?.userId ?? "";
      await say(answerOf(burst), { token: event.replyToken, at, now: clock.now(), to }, post);
    }
    return {
      async take(body) {
        const { events } = JSON.parse(new TextDecoder().decode(body)) as { events: WireEvent[] };
        for (const event of events) void answer(event, clock.now());
        return 200;
      },
      end: async () => {},
    };
  };
}

const text = (words: string) => ({ type: "text", text: words });

/** (a) Every answer is pushed, five messages per call. */
export const pushOnly = simpleBot(async (answer, { to }, post) => {
  for (let first = 0; first < answer.length; first += 5) {
    await post("push", { to, messages: answer.slice(first, first + 5).map(text) });
  }
});

/** (b) The reply token of the answered event, within 50 s; one message per call, so only one uses the token. */
export const oneTokenAnEvent = simpleBot(async (answer, { to, token, at, now }, post) => {
  for (const [index, words] of answer.entries()) {
    if (index === 0 && now - at < 50_000) await post("reply", { replyToken: token, messages: [text(words)] });
    else await post("push", { to, messages: [text(words)] });
  }
});

/** (c), (d) The gateway, with a database in memory. */
export function turnpike(channel: Partial<LineOptions>): Contender {
  return async ({ clock, line, month }) => {
    const random = seededRandom(3);
    const gateway = createGateway({
      store: sqlite({ file: ":memory:", clock, random }),
      channels: [
        lineChannel(
          { channelSecret: [SECRET], channelAccessToken: TOKEN, ...channel },
          { clock, platformClient: line.platformClient({ clock, sendTimeoutMs: 10_000 }) },
        ),
      ],
      agent: inProcessAgent(async (turn) => {
        const burst = month.bursts[endedBurst(turn.text) ?? -1];
        if (burst === undefined) return [];
        await pause(clock, burst.thinksMs);
        return answerOf(burst);
      }),
      batch: { quietMs: QUIET_MS, maxWaitMs: 8_000 },
      // Rare polls, because no wake-up is lost here; no deletion, because the history is evaluated at the end.
      pollMs: HOUR_MS,
      clock,
      random,
    });
    const running = await gateway.start();
    return {
      take: async (body, headers) => {
        const init = { method: "POST", headers: { ...headers }, body: new Uint8Array(body) };
        return (await gateway.fetch(new Request("http://gateway/webhook/line", init))).status;
      },
      async end() {
        const stopped = running.stop();
        await clock.advance(10_000);
        await stopped;
      },
    };
  };
}
