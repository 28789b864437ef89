import { Webhook } from "standardwebhooks";
import { Pool } from "undici";
import { Misconfigured } from "../core/errors.ts";
import type { ClaimedTurn } from "../core/turn.ts";
import { type Clock, systemClock, systemTime } from "../runtime/clock.ts";
import { type Exchanged, exchange } from "../runtime/http-exchange.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Agent, AgentOutcome } from "./agent.ts";
import { guardedConnect, isForbidden } from "./guarded-connect.ts";
import { parseAnswer, toWireTurn } from "./protocol.ts";
import { postHeaders } from "./signature.ts";

export interface HttpAgentOptions {
  /**
   * URL to which turns are posted. Loopback and private addresses are allowed; link-local, metadata and reserved ones are not.
   */
  readonly url: string;
  /**
   * Standard Webhooks secret (`whsec_…`) that signs each turn; several during a rotation, which all sign. Default:
   * turns are not signed.
   */
  readonly secret?: string | readonly string[];
  /**
   * Time limit for opening a connection, in ms. Default 5 000. The answer's limit is the gateway's `agentTimeoutMs`.
   */
  readonly connectTimeoutMs?: number;
  readonly clock?: Clock;
}

/** Largest answer, in bytes: enough for a hundred LINE texts of full length. */
const ANSWER_LIMIT_BYTES = 2 * 1024 * 1024;

/**
 * A bot behind an HTTP URL: turns are posted to it; it answers `200`, `204` or `202` (docs/agents.md). Throws
 * `Misconfigured`.
 */
export function httpAgent(options: HttpAgentOptions): Agent {
  return markedHttpAgent(options, {});
}

/** `marks`: further headers of each of its requests. */
export function markedHttpAgent(options: HttpAgentOptions, marks: Readonly<Record<string, string>>): Agent {
  const url = agentUrl(options.url);
  const clock = options.clock ?? systemClock();
  const signers = [options.secret ?? []].flat().map(signerOf);
  // No timeout for the answer here: a model may work for minutes, and the caller's signal ends the call.
  const pool = new Pool(url.origin, {
    connect: guardedConnect(options.connectTimeoutMs ?? 5_000),
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    name: url.origin,
    transports: ["http"],
    isReachable: () => true,
    async invoke(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
      const body = JSON.stringify(toWireTurn(turn));
      try {
        const headers = {
          ...turn.traceHeaders,
          ...marks,
          "accept-encoding": "identity",
          ...postHeaders(signers, turn.turnId, systemTime(clock), body),
        };
        const request = { method: "POST", path: `${url.pathname}${url.search}`, headers, body } as const;
        return outcomeOf(await exchange(pool, request, { maxBytes: ANSWER_LIMIT_BYTES, signal }), clock);
      } catch (error) {
        return unreachable(error);
      }
    },
    // The URL may contain a user, a password or a key.
    secrets: () => [
      ...[options.secret ?? []].flat(),
      ...[url.username, url.password].filter(Boolean),
      ...url.searchParams.values(),
    ],
    close: () => pool.destroy(),
  };
}

/** The bot has refused the turn itself. 401, 403, 404 and 405 are a wrong secret or address, which an operator puts right. */
const REFUSALS = [400, 409, 410, 413, 415, 422];

function outcomeOf(exchanged: Exchanged, clock: Clock): AgentOutcome {
  if (exchanged.kind === "failed") return unreachable(exchanged.error);
  const { status, body } = exchanged;
  if (status === 200 || status === 201) return answerOf(body);
  if (status === 204) return { kind: "answered", replies: [] };
  if (status === 202) return { kind: "accepted" };
  const reason = `the agent answered ${status}`;
  if (REFUSALS.includes(status)) return { kind: "rejected", reason };
  return { kind: "failed", reason, retryAfterMs: retryAfterMs(exchanged.headers.get("retry-after"), clock.wall()) };
}

function unreachable(error: unknown): AgentOutcome {
  return { kind: "failed", reason: `the agent can't be reached: ${reasonOf(error)}`, retryAfterMs: 0 };
}

function answerOf(body: (Exchanged & { kind: "answered" })["body"]): AgentOutcome {
  if (body instanceof Error) return unreachable(body);
  if (body === "too-long") {
    return { kind: "rejected", reason: `the agent's answer is longer than ${ANSWER_LIMIT_BYTES} bytes` };
  }
  const answer = parseAnswer(body.toString("utf8"));
  // Asked again it would give the same, at the price of a model call; and it is alive.
  return answer.ok
    ? { kind: "answered", ...answer.value }
    : { kind: "rejected", reason: `the agent's answer can't be read: ${answer.reason}` };
}

/** Upper bound of `Retry-After`: longer ones are mostly mistakes, and would block a conversation silently. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** `Retry-After` in ms, from seconds or a date (RFC 9110 §10.2.3); 0 when it is missing or invalid. */
export function retryAfterMs(value: string | undefined, now: number): number {
  if (value === undefined) return 0;
  if (/^\d+$/.test(value.trim())) return Math.min(RETRY_AFTER_MAX_MS, Number(value.trim()) * 1_000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.min(RETRY_AFTER_MAX_MS, Math.max(0, at - now));
}

function agentUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new Misconfigured("the agent's URL must be an absolute http or https URL, as in http://127.0.0.1:3000/turns");
  }
  if (isForbidden(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw new Misconfigured(
      `the agent's URL points to ${url.hostname}, a link-local, metadata or reserved address; allowed: public, private and loopback ones`,
    );
  }
  return url;
}

function signerOf(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    // Without the library's message, which may quote the secret.
    throw new Misconfigured("the agent's secret must be a Standard Webhooks secret: whsec_ and base64");
  }
}
