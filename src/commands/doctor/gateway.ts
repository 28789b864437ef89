import { Agent as HttpPool, request } from "undici";
import { type Finding, fault, ok, skipped, warning } from "../../core/finding.ts";
import { type Clock, deadline } from "../../runtime/clock.ts";
import { codeOf } from "../../runtime/log.ts";
import { callableHost } from "../callable-host.ts";

const ANSWER_MS = 5_000;

/** Findings about the running gateway, and whether an agent is connected to it. */
export interface GatewayCheck {
  readonly findings: readonly Finding[];
  /** `null`: no gateway is running or ready. */
  readonly agentReachable: boolean | null;
}

/** Asks the gateway of these settings for `/ready`, which includes a commit of its store. */
export async function checkGateway(at: { host: string; port: number }, clock: Clock): Promise<GatewayCheck> {
  const findings = (...found: Finding[]): GatewayCheck => ({ findings: found, agentReachable: null });
  if (at.port === 0) return findings(skipped("gateway", "TURNPIKE_PORT is 0: the gateway's port is unknown."));
  const url = `http://${callableHost(at.host)}:${at.port}`;
  const ready = await askReady(`${url}/ready`, clock);
  switch (ready.kind) {
    case "not-running":
      return findings(skipped("gateway", `No gateway is running at ${url} (${ready.code}).`));
    case "silent":
      return findings(
        fault("gateway", {
          found: `The server at ${url} did not answer GET /ready within ${ANSWER_MS / 1_000} s.`,
          why: "Platforms wait two to five seconds for an answer to a webhook.",
          advice: "Look at the gateway's log, at the disk and at the processor.",
        }),
      );
    case "other-server":
      return findings(
        warning("gateway", {
          found: `The server at ${url} answers GET /ready with ${ready.status}, but isn't a gateway.`,
          why: "Another program uses the port: a gateway can't start there, and webhooks reach that program.",
          advice: "Stop it, or set TURNPIKE_PORT to another port and change the proxy in front.",
        }),
      );
    case "gateway":
      return readGateway(url, ready);
  }
}

interface ReadyAnswer {
  readonly status: number;
  readonly reason: string;
  readonly agent: string;
}

type Ready =
  | { readonly kind: "not-running"; readonly code: string }
  | { readonly kind: "silent" }
  | { readonly kind: "other-server"; readonly status: number }
  | ({ readonly kind: "gateway" } & ReadyAnswer);

function readGateway(url: string, { status, reason, agent }: ReadyAnswer): GatewayCheck {
  if (status === 200) {
    const found = ok("gateway", `The gateway at ${url} is ready: it accepts webhooks, and its store commits.`);
    return { findings: [found], agentReachable: agent === "reachable" };
  }
  const found = fault("gateway", {
    found: `The gateway at ${url} is not ready: ${reason}.`,
    why: "Webhooks are answered with 503; platforms retry them for a time and then give up.",
    advice: "Look at the findings about the database, and at the gateway's log.",
  });
  return { findings: [found], agentReachable: null };
}

async function askReady(url: string, clock: Clock): Promise<Ready> {
  const pool = new HttpPool();
  const limit = deadline(clock, ANSWER_MS);
  try {
    const { statusCode: status, body } = await request(url, { signal: limit.signal, dispatcher: pool });
    const answer = fieldsOf(await body.text());
    const isGateway = answer.status === "ready" || answer.status === "not ready";
    if (!isGateway) return { kind: "other-server", status };
    return { kind: "gateway", status, reason: answer.reason ?? "no reason given", agent: answer.agent ?? "" };
  } catch (error) {
    if (limit.signal.aborted) return { kind: "silent" };
    return { kind: "not-running", code: codeOf(error) };
  } finally {
    limit.cancel();
    await pool.destroy();
  }
}

function fieldsOf(text: string): { status?: string; reason?: string; agent?: string } {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}
