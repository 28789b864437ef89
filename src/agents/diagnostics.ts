import { Webhook } from "standardwebhooks";
import { Agent as HttpPool, request } from "undici";
import { compareClocks, type Finding, fault, ok, warning } from "../core/finding.ts";
import { type Clock, deadline } from "../runtime/clock.ts";
import { codeOf } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import { guardedConnect } from "./guarded-connect.ts";
import { pingTurn } from "./ping.ts";
import { postHeaders } from "./signature.ts";

interface PingedAgent {
  readonly url: string;
  readonly secrets: readonly string[];
}

const CONNECT_MS = 5_000;
/** Longer than a ping needs: an agent that doesn't know pings may work on it as on a turn. */
const ANSWER_MS = 10_000;

type Pong =
  | { readonly kind: "answered"; readonly status: number; readonly date: number | null }
  | { readonly kind: "silent" }
  | { readonly kind: "unreachable"; readonly code: string };

/**
 * Posts a ping to an HTTP agent, signed as turns are. If it is accepted, posts another one, signed with a random
 * secret, which must be refused. The answers are discarded.
 */
export async function checkAgent(
  agent: PingedAgent,
  parts: { clock: Clock; random: Random },
): Promise<readonly Finding[]> {
  const pool = new HttpPool({ connect: guardedConnect(CONNECT_MS) });
  try {
    const signed = await ping(pool, agent, parts);
    const findings = [readPong(agent, signed), ...clockOf(signed, parts.clock)];
    const canForge = agent.secrets.length > 0 && signed.kind === "answered" && isTaken(signed.status);
    if (!canForge) return findings;
    const forged = await ping(pool, { ...agent, secrets: [wrongSecret(parts.random)] }, parts);
    return forged.kind === "answered" && isTaken(forged.status) ? [...findings, signatureNotChecked()] : findings;
  } finally {
    await pool.destroy();
  }
}

async function ping(
  pool: HttpPool,
  { url, secrets }: PingedAgent,
  { clock, random }: { clock: Clock; random: Random },
) {
  const pingId = random.id("ping");
  const body = JSON.stringify(pingTurn(pingId));
  const signers = secrets.map((secret) => new Webhook(secret));
  const headers = postHeaders(signers, pingId, clock.now(), body);
  const limit = deadline(clock, ANSWER_MS);
  try {
    const answer = await request(url, { method: "POST", headers, body, signal: limit.signal, dispatcher: pool });
    // The body isn't used.
    answer.body.on("error", () => undefined).destroy();
    const date = Date.parse(String(answer.headers.date ?? ""));
    return { kind: "answered", status: answer.statusCode, date: Number.isNaN(date) ? null : date } satisfies Pong;
  } catch (error) {
    if (limit.signal.aborted) return { kind: "silent" } satisfies Pong;
    return { kind: "unreachable", code: codeOf(error) } satisfies Pong;
  } finally {
    limit.cancel();
  }
}

const isTaken = (status: number) => status >= 200 && status < 300;
const TURNS_WAIT = "Turns wait until it takes them; after an hour and ten attempts they are dead.";
const TURNS_DIE = "Every turn would be dead at once: an agent that answers so has refused the turn itself.";

function readPong({ url }: PingedAgent, pong: Pong): Finding {
  const { origin, pathname } = new URL(url);
  const where = `${origin}${pathname}`;
  if (pong.kind === "unreachable") {
    return fault("agent", {
      found: `The agent at ${where} can't be reached: ${pong.code}.`,
      why: TURNS_WAIT,
      advice: "Start the agent, or correct TURNPIKE_AGENT_URL. In a container, 127.0.0.1 is the container itself.",
    });
  }
  if (pong.kind === "silent") {
    return warning("agent", {
      found: `The agent at ${where} did not answer a ping within ${ANSWER_MS / 1_000} s.`,
      why: "It may be busy or stuck. An agent that knows pings answers at once.",
      advice: `Answer 204 to a body whose "schema" is turnpike.ping.v1 (docs/doctor.md), and run it again.`,
    });
  }
  const { status } = pong;
  if (isTaken(status)) return ok("agent", `The agent at ${where} accepts a signed ping (${status}).`);
  if (status === 401 || status === 403) {
    return fault("agent", {
      found: `The agent at ${where} refuses our signature with ${status}.`,
      why: TURNS_WAIT,
      advice: "Give the agent the secret of TURNPIKE_AGENT_SECRET, whole and with whsec_, and compare both clocks.",
    });
  }
  if (status === 404 || status === 405 || status === 410) {
    return fault("agent", {
      found: `No agent accepts turns at ${where}: ${status}.`,
      why: status === 410 ? TURNS_DIE : TURNS_WAIT,
      advice: "Correct the path of TURNPIKE_AGENT_URL, or let the agent accept POST there.",
    });
  }
  if (status >= 500) {
    return warning("agent", {
      found: `The agent at ${where} answered ${status} to a ping.`,
      why: "The agent may be broken, or unreachable for the proxy in front of it; or it only doesn't know pings.",
      advice: `Look at its log. To be sure, answer 204 to a body whose "schema" is turnpike.ping.v1 (docs/doctor.md).`,
    });
  }
  return ok("agent", `The agent at ${where} answers (${status}); it doesn't know pings, which are optional.`);
}

function clockOf(pong: Pong, clock: Clock): readonly Finding[] {
  if (pong.kind !== "answered" || pong.date === null) return [];
  const compared = compareClocks("agent-clock", { ours: clock.now(), theirs: pong.date, whose: "the agent's" });
  return compared.level === "ok" ? [] : [compared];
}

function signatureNotChecked(): Finding {
  return warning("agent-signature", {
    found: "The agent accepted a ping that was signed with a wrong secret.",
    why: "It doesn't verify signatures: any client that reaches its URL can post messages of people.",
    advice: "Verify the Standard Webhooks headers in the agent (docs/agents.md), or let only this machine reach it.",
  });
}

function wrongSecret(random: Random): string {
  return `whsec_${Buffer.from(random.id("stranger")).toString("base64")}`;
}
