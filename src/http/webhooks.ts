import type { Context, Handler, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Channel } from "../channels/channel.ts";
import type { Deps } from "../deps.ts";
import { type Accepted, accept } from "../pipeline/accept.ts";

/** What the platforms need to be told when they are not answered `200 {"message":"OK"}`. */
type Refusal = 401 | 400 | 413 | 415 | 503;

/** `POST /webhook/<channel>` and `/webhook/<channel>/<account>` for every configured channel; any other is a 404. */
export function mountWebhooks(app: Hono, deps: Deps, isAccepting: () => boolean): void {
  for (const channel of deps.channels.all) {
    const paths = [`/webhook/${channel.name}/${channel.account}`];
    if (channel.account === "default") paths.push(`/webhook/${channel.name}`);
    const handle = handler(deps, channel, isAccepting);
    for (const path of paths) app.post(path, handle);
  }
}

function handler(deps: Deps, channel: Channel, isAccepting: () => boolean): Handler {
  const { bodyLimitBytes: maxSize } = channel;
  const tooLong = (c: Context) => refuse(c, deps, channel, 413, `the body is over ${maxSize} bytes`);
  const counted = bodyLimit({ maxSize, onError: tooLong });

  return async (c) => {
    if (!isAccepting()) return refuse(c, deps, channel, 503, "starting or shutting down");
    if (!isJson(c)) return refuse(c, deps, channel, 415, "the content type must be application/json");
    // A body that states its length is judged by that before a byte of it is read, and Node cuts off what comes beyond.
    const stated = c.req.header("content-length");
    if (stated !== undefined && c.req.header("transfer-encoding") === undefined) {
      return Number(stated) > maxSize ? tooLong(c) : await take(c, deps, channel);
    }
    // Any other goes through Hono's counting reader, which costs four times as much.
    let answer: Response | undefined;
    const refused = await counted(c, async () => {
      answer = await take(c, deps, channel);
    });
    return refused ?? answer ?? tooLong(c);
  };
}

function isJson(c: Context): boolean {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

async function take(c: Context, deps: Deps, channel: Channel): Promise<Response> {
  const body = new Uint8Array(await c.req.arrayBuffer());
  const result: Accepted = await accept(deps, channel, body, c.req.raw.headers);
  switch (result.kind) {
    case "stored":
      deps.metrics.webhooks.inc({ channel: channel.name, code: 200 });
      return c.json({ message: "OK" });
    case "unauthorized":
      return refuse(c, deps, channel, 401, "the signature is missing or wrong");
    case "malformed":
      return refuse(c, deps, channel, 400, result.reason);
    case "unavailable":
      return refuse(c, deps, channel, 503, "not stored: send it again", result.reason);
    default:
      return result satisfies never;
  }
}

function refuse(c: Context, deps: Deps, channel: Channel, code: Refusal, message: string, cause?: string): Response {
  deps.metrics.webhooks.inc({ channel: channel.name, code });
  const facts = { channel: channel.name, account: channel.account, code, reason: cause ?? message };
  if (code === 503) deps.log.error(facts, "webhook refused: the platform will send it again");
  else deps.log.warn(facts, "webhook refused");
  return c.json({ message }, code);
}
