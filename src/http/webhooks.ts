import type { Context, Hono } from "hono";
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
    const limit = bodyLimit({
      maxSize: channel.bodyLimitBytes,
      onError: (c) => refuse(c, deps, channel, 413, `the body is over ${channel.bodyLimitBytes} bytes`),
    });
    for (const path of paths) {
      app.post(path, (c, next) => before(c, deps, channel, isAccepting()) ?? next());
      app.post(path, limit, (c) => take(c, deps, channel));
    }
  }
}

/** What can be refused before a byte of the body is read. */
function before(c: Context, deps: Deps, channel: Channel, accepting: boolean): Response | null {
  if (!accepting) return refuse(c, deps, channel, 503, "shutting down");
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return refuse(c, deps, channel, 415, "the content type must be application/json");
  return null;
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
