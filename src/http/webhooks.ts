import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context, Handler, Hono } from "hono";
import type { Channel } from "../channels/channel.ts";
import { type AcceptDeps, type Accepted, accept } from "../pipeline/accept.ts";
import type { Deps } from "../pipeline/deps.ts";
import type { Telemetry } from "../runtime/telemetry.ts";
import { BodyBudget, type BodySource } from "./body-budget.ts";

type Refusal = 401 | 400 | 403 | 413 | 415 | 429 | 503;

type WebhookDeps = AcceptDeps & Pick<Deps, "channels"> & Pick<Telemetry, "log" | "metrics">;

/** `Retry-After` of a refusal, in seconds. No platform promises to respect it; proxies do. */
const RETRY_AFTER_S = "1";

/**
 * `POST /webhook/<channel>/<account>` for every configured account, and `/webhook/<channel>` for the account `default`
 * or, where webhooks name their account, for all accounts of the platform. Any other path is 404.
 */
export function mountWebhooks(app: Hono, deps: WebhookDeps, isAccepting: () => boolean): void {
  const bodies = new BodyBudget(deps.settings.limits.bodyBudgetBytes);
  for (const channel of deps.channels.all) {
    mount(app, `/webhook/${channel.name}/${channel.account}`, { deps, channel, siblings: null, bodies, isAccepting });
  }
  for (const [name, channels] of Map.groupBy(deps.channels.all, (channel) => channel.name)) {
    const named = channels.filter((channel) => channel.identity !== undefined);
    const channel = channels.find((one) => one.account === "default") ?? named[0];
    if (channel === undefined) continue;
    const siblings = channel.identity === undefined ? [] : named.filter((one) => one !== channel);
    mount(app, `/webhook/${name}`, { deps, channel, siblings, bodies, isAccepting });
  }
}

/** A webhook path: its account, and the other accounts of the platform that it serves. */
interface Endpoint {
  readonly deps: WebhookDeps;
  readonly channel: Channel;
  readonly siblings: readonly Channel[] | null;
  readonly bodies: BodyBudget;
  readonly isAccepting: () => boolean;
}

function mount(app: Hono, path: string, endpoint: Endpoint): void {
  app.post(path, handler(endpoint));
  const handshakes = [endpoint.channel, ...(endpoint.siblings ?? [])].flatMap(({ handshake }) => handshake ?? []);
  if (handshakes.length > 0) app.get(path, handshaker(endpoint, handshakes));
}

/** Returns the challenge for any account's verify token. */
function handshaker({ deps, channel }: Endpoint, handshakes: readonly NonNullable<Channel["handshake"]>[]): Handler {
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

function handler(endpoint: Endpoint): Handler {
  const { deps, channel, isAccepting } = endpoint;
  const { bodyLimitBytes: maxSize } = channel;
  return async (c) => {
    if (!isAccepting()) return refuse(c, deps, channel, 503, "starting or shutting down");
    if (!isJson(c)) return refuse(c, deps, channel, 415, "the content type must be application/json");
    // Content-Length is checked before reading; Node cuts off a longer body.
    const stated = c.req.header("content-length");
    if (stated !== undefined && Number(stated) > maxSize) return tooLong(c, endpoint);
    const read = await endpoint.bodies.read(sourceOf(c), maxSize);
    switch (read.kind) {
      case "whole":
        return await take(c, endpoint, read.bytes);
      case "too-long":
        return tooLong(c, endpoint);
      case "over-budget":
        deps.metrics.requestsRejected.inc({ reason: "body-budget" });
        return refuse(c, deps, channel, 503, "the memory budget for bodies is exhausted: send it again");
      case "aborted":
        // The client is gone; the response is not sent.
        return c.json({ message: "the body broke off" }, 400);
      default:
        return read satisfies never;
    }
  };
}

function tooLong(c: Context, { deps, channel }: Endpoint): Response {
  return refuse(c, deps, channel, 413, `the body is over ${channel.bodyLimitBytes} bytes`);
}

/** Node's request when served by `listen`, unless a middleware has read or buffered it. */
function sourceOf(c: Context): BodySource {
  const incoming = (c.env as Partial<HttpBindings> | undefined)?.incoming;
  const isUntouched = incoming !== undefined && !incoming.readableDidRead && !("rawBody" in incoming);
  return isUntouched && "socket" in incoming ? (incoming as IncomingMessage) : c.req.raw.body;
}

function isJson(c: Context): boolean {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

async function take(c: Context, { deps, channel, siblings }: Endpoint, body: Uint8Array): Promise<Response> {
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
    case "too-many":
      deps.metrics.requestsRejected.inc({ reason: "account" });
      return refuse(c, deps, channel, 429, "the account's rate limit is exceeded: send it again", result.reason);
    case "unavailable":
      return refuse(c, deps, channel, 503, "not stored: send it again", result.reason);
    default:
      return result satisfies never;
  }
}

function refuse(
  c: Context,
  deps: WebhookDeps,
  channel: Channel,
  code: Refusal,
  message: string,
  cause?: string,
): Response {
  deps.metrics.webhooks.inc({ channel: channel.name, code, account: channel.account });
  const facts = { channel: channel.name, account: channel.account, code, reason: cause ?? message };
  if (code === 503) deps.log.error(facts, "webhook refused: the platform will send it again");
  else deps.log.warn(facts, "webhook refused");
  return c.json({ message }, code, code === 429 || code === 503 ? { "retry-after": RETRY_AFTER_S } : {});
}
