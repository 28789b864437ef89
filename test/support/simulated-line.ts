import { createLineSimulator, type LineSimulatorOptions } from "../../src/channels/line/simulator.ts";
import { manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

export const CHANNEL_SECRET = "secret";
export const ACCESS_TOKEN = "access";
/** A retry key in the form that LINE takes. */
export const RETRY_KEY = "123e4567-e89b-12d3-a456-426614174000";

interface DeliveredWebhook {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** LINE and a bot's server that answers as `answer` says; by default 200. */
export function simulatedLine(
  options: Partial<LineSimulatorOptions> = {},
  answer: (copy: number) => Promise<number> | number = () => 200,
) {
  const clock = manualClock();
  const arrived: DeliveredWebhook[] = [];
  const line = createLineSimulator({
    clock,
    random: seededRandom(7),
    channelSecret: CHANNEL_SECRET,
    channelAccessToken: ACCESS_TOKEN,
    deliver: async (body, headers) => {
      arrived.push({ body: new TextDecoder().decode(body), headers });
      return answer(arrived.length);
    },
    ...options,
  });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const result = await line.handle({
      method,
      path,
      headers: { authorization: `Bearer ${ACCESS_TOKEN}`, "content-type": "application/json", ...headers },
      body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
    });
    return result === "disconnect" ? result : { ...result, body: JSON.parse(result.body) };
  };
  const text = (...words: string[]) => words.map((word) => ({ type: "text", text: word }));
  return {
    clock,
    line,
    arrived,
    call,
    events: (index = arrived.length - 1) => JSON.parse(arrived[index]?.body ?? "{}").events,
    reply: (replyToken: string | null, words = ["answer"], headers = {}) =>
      call("POST", "/v2/bot/message/reply", { replyToken, messages: text(...words) }, headers),
    push: (to: string, headers: Record<string, string> = {}, words = ["news"]) =>
      call("POST", "/v2/bot/message/push", { to, messages: text(...words) }, headers),
  };
}
