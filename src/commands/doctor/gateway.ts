import { Agent as HttpPool, request } from "undici";
import { type Finding, fault, fine, skipped, warning } from "../../core/finding.ts";
import { type Clock, deadline } from "../../runtime/clock.ts";

const ANSWER_MS = 5_000;

/** What a look at the running gateway said of the agents that connect to it. */
export interface GatewayLook {
  readonly findings: readonly Finding[];
  /** `null`: no gateway runs here, or it didn't say. */
  readonly agentReachable: boolean | null;
}

/** Asks the gateway that these settings describe whether it is ready: then its store has just committed. */
export async function checkGateway(at: { host: string; port: number }, clock: Clock): Promise<GatewayLook> {
  const findings = (...found: Finding[]): GatewayLook => ({ findings: found, agentReachable: null });
  if (at.port === 0) return findings(skipped("gateway", "TURNPIKE_PORT is 0: only the gateway knows its port."));
  const url = `http://${callable(at.host)}:${at.port}`;
  const ready = await askReady(`${url}/ready`, clock);
  switch (ready.kind) {
    case "nobody":
      return findings(skipped("gateway", `No gateway listens at ${url} now (${ready.code}).`));
    case "silent":
      return findings(
        fault("gateway", {
          found: `Whoever listens at ${url} did not say within ${ANSWER_MS / 1_000} s whether it is ready.`,
          why: "Platforms wait two to five seconds for an answer to a webhook.",
          advice: "Look at the gateway's log, at the disk and at the processor.",
        }),
      );
    case "stranger":
      return findings(
        warning("gateway", {
          found: `Something at ${url} answers GET /ready with ${ready.status}, and not as a gateway does.`,
          why: "Another program has the port: a gateway can't start there, and webhooks reach that program.",
          advice: "Stop it, or set TURNPIKE_PORT to another port and let the proxy in front know.",
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
  | { readonly kind: "nobody"; readonly code: string }
  | { readonly kind: "silent" }
  | { readonly kind: "stranger"; readonly status: number }
  | ({ readonly kind: "gateway" } & ReadyAnswer);

function readGateway(url: string, { status, reason, agent }: ReadyAnswer): GatewayLook {
  if (status === 200) {
    const found = fine("gateway", `The gateway at ${url} is ready: it takes webhooks, and its store commits.`);
    return { findings: [found], agentReachable: agent === "reachable" };
  }
  const found = fault("gateway", {
    found: `The gateway at ${url} is not ready: ${reason}.`,
    why: "Webhooks are answered 503; platforms send them again for a time and then give up.",
    advice: "Look at the findings about the database, and at the gateway's log.",
  });
  return { findings: [found], agentReachable: null };
}

async function askReady(url: string, clock: Clock): Promise<Ready> {
  const pool = new HttpPool();
  const limit = deadline(clock, ANSWER_MS);
  try {
    const { statusCode: status, body } = await request(url, { signal: limit.signal, dispatcher: pool });
    const said = fieldsOf(await body.text());
    const isGateway = said.status === "ready" || said.status === "not ready";
    if (!isGateway) return { kind: "stranger", status };
    return { kind: "gateway", status, reason: said.reason ?? "no reason given", agent: said.agent ?? "" };
  } catch (error) {
    if (limit.signal.aborted) return { kind: "silent" };
    const { code, name } = error as { code?: unknown; name?: unknown };
    return { kind: "nobody", code: typeof code === "string" ? code : String(name) };
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

/** An address to listen on need not be one to call. */
function callable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
