import type { Context, Handler, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Channel } from "../channels/channel.ts";
import type { Deps } from "../deps.ts";
import { type Accepted, accept } from "../pipeline/accept.ts";

/** What the platforms need to be told when they are not answered `200 {"message":"OK"}`. */
type Refusal = 401 | 400 | 403 | 413 | 415 | 503;

/**
 * `POST /webhook/<channel>/<account>` for every configured channel, and `/webhook/<channel>` for the account `default`
 * or, where webhooks name the account that they are for, for all accounts of the platform. Any other is a 404.
 */
export function mountWebhooks(app: Hono, deps: Deps, isAccepting: () => boolean): void {
  for (const channel of deps.channels.all) {
    mount(app, `/webhook/${channel.name}/${channel.account}`, { deps, channel, siblings: null, isAccepting });
  }
  for (const [name, channels] of Map.groupBy(deps.channels.all, (channel) => channel.name)) {
    const named = channels.filter((channel) => channel.identity !== undefined);
    const channel = channels.find((one) => one.account === "default") ?? named[0];
    if (channel === undefined) continue;
    const siblings = channel.identity === undefined ? [] : named.filter((one) => one !== channel);
    mount(app, `/webhook/${name}`, { deps, channel, siblings, isAccepting });
  }
}

/** An address: whose it is, and which other accounts of the platform it is for. */
interface Door {
  readonly deps: Deps;
  readonly channel: Channel;
  readonly siblings: readonly Channel[] | null;
  readonly isAccepting: () => boolean;
}

function mount(app: Hono, path: string, door: Door): void {
  app.post(path, handler(door));
  const handshakes = [door.channel, ...(door.siblings ?? [])].flatMap(({ handshake }) => handshake ?? []);
  if (handshakes.length > 0) app.get(path, handshaker(door, handshakes));
}

/** Whoever knows one of the tokens gets the challenge back, as it came. */
function handshaker({ deps, channel }: Door, handshakes: readonly NonNullable<Channel["handshake"]>[]): Handler {
  return (c) => {
    const query = new URL(c.req.url).searchParams;
    const challenges = handshakes.map((handshake) => handshake(query));
    const challenge = challenges.find((one) => one !== null);
    if (challenge == null) return refuse(c, deps, channel, 403, "the verify token is wrong or missing");
    deps.metrics.webhooks.inc({ channel: channel.name, code: 200, account: channel.account });
    deps.log.info({ channel: channel.name, account: channel.account }, "webhook address verified by the platform");
    return c.text(challenge);
  };
}

function handler(door: Door): Handler {
  const { deps, channel, isAccepting } = door;
  const { bodyLimitBytes: maxSize } = channel;
  const tooLong = (c: Context) => refuse(c, deps, channel, 413, `the body is over ${maxSize} bytes`);
  const counted = bodyLimit({ maxSize, onError: tooLong });

  return async (c) => {
    if (!isAccepting()) return refuse(c, deps, channel, 503, "starting or shutting down");
    if (!isJson(c)) return refuse(c, deps, channel, 415, "the content type must be application/json");
    // A body that states its length is judged by that before a byte of it is read, and Node cuts off what comes beyond.
    const stated = c.req.header("content-length");
    if (stated !== undefined && c.req.header("transfer-encoding") === undefined) {
      return Number(stated) > maxSize ? tooLong(c) : await take(c, door);
    }
    // Any other goes through Hono's counting reader, which costs four times as much.
    let answer: Response | undefined;
    const refused = await counted(c, async () => {
      answer = await take(c, door);
    });
    return refused ?? answer ?? tooLong(c);
  };
}

function isJson(c: Context): boolean {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

async function take(c: Context, { deps, channel, siblings }: Door): Promise<Response> {
  const body = new Uint8Array(await c.req.arrayBuffer());
  const result: Accepted = await accept(deps, channel, body, c.req.raw.headers, siblings);
  switch (result.kind) {
    case "stored":
      deps.metrics.webhooks.inc({ channel: channel.name, code: 200, account: channel.account });
      return c.json({ message: "OK" });
    case "unauthorized":
      return refuse(c, deps, channel, 401, "the signature is missing or wrong");
    case "malformed":
      return refuse(c, deps, channel, 400, result.reason);
    case "misdirected":
      return refuse(c, deps, channel, 403, "the webhook is for another account", result.reason);
    case "unavailable":
      return refuse(c, deps, channel, 503, "not stored: send it again", result.reason);
    default:
      return result satisfies never;
  }
}

function refuse(c: Context, deps: Deps, channel: Channel, code: Refusal, message: string, cause?: string): Response {
  deps.metrics.webhooks.inc({ channel: channel.name, code, account: channel.account });
  const facts = { channel: channel.name, account: channel.account, code, reason: cause ?? message };
  if (code === 503) deps.log.error(facts, "webhook refused: the platform will send it again");
  else deps.log.warn(facts, "webhook refused");
  return c.json({ message }, code);
}
