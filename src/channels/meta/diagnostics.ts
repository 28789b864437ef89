import { compareClocks, type Finding, fault, warning } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { parseJson, readObject, type WireObject } from "../json.ts";
import type { CallResult, PlatformClient } from "../platform-client.ts";
import { currentProof, graphPath } from "./api.ts";
import { isPermission } from "./classify/codes.ts";
import type { ResolvedMetaOptions } from "./config.ts";
import { readGraphError } from "./wire.ts";

export interface MetaDiagnostics {
  readonly platformClient: PlatformClient;
  readonly options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret" | "graphVersion">;
  readonly clock: Clock;
  readonly names: { readonly appSecret: string; readonly accessToken: string; readonly identity: string };
  /** Permissions that the token needs, to send and for these checks. */
  readonly permissions: string;
  /** Where Meta's dashboard shows the token. */
  readonly dashboard: string;
}

/** A GET of the Graph API with token and proof: the fields, or a finding about the refusal. */
export type Read =
  | { readonly kind: "read"; readonly fields: WireObject; readonly clock: readonly Finding[] }
  | { readonly kind: "refused"; readonly finding: Finding; readonly clock: readonly Finding[] };

export async function readGraph(parts: MetaDiagnostics, path: string, fields: string): Promise<Read> {
  const { platformClient, options, clock } = parts;
  const query = new URLSearchParams({
    ...(fields === "" ? {} : { fields }),
    appsecret_proof: currentProof(options),
  });
  const answer = await platformClient.get(`${graphPath(options, path)}?${query}`, {
    authorization: `Bearer ${options.accessToken}`,
  });
  const found = clockOf(answer, clock.wall());
  const { reached } = answer;
  if (reached.phase === "answered" && reached.status === 200) {
    return { kind: "read", fields: readObject(parseJson(reached.body ?? "")) ?? {}, clock: found };
  }
  return { kind: "refused", finding: refusal(parts, answer), clock: found };
}

function clockOf({ headers }: CallResult, now: number): readonly Finding[] {
  const theirs = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(theirs) ? [] : [compareClocks("clock", { ours: now, theirs, whose: "Meta's" })];
}

const NO_ANSWERS = "No answer can be sent: every delivery waits.";

function refusal({ names, permissions, dashboard, options }: MetaDiagnostics, { reached }: CallResult): Finding {
  if (reached.phase !== "answered") {
    return fault("credentials", {
      found: `Meta's Graph API can't be reached: ${reached.reason}.`,
      why: NO_ANSWERS,
      advice: "Let this machine open HTTPS connections to Meta (firewall, DNS, proxy), or correct META_GRAPH_BASE_URL.",
    });
  }
  const error = readGraphError(reached.body);
  const code = error?.code ?? 0;
  if (code === 190) {
    return fault("credentials", {
      found: `Meta refuses ${names.accessToken}: it has expired, was revoked, or isn't a token (error 190).`,
      why: NO_ANSWERS,
      advice: `Create a token that doesn't expire (${dashboard}) and set ${names.accessToken}.`,
    });
  }
  if (code === 100 && /appsecret_proof/i.test(error?.message ?? "")) {
    return fault("credentials", {
      found: `${names.appSecret} is not the secret of the app that the token belongs to.`,
      why: "Every webhook's signature is refused, and Meta switches webhooks off after an hour of that.",
      advice: `Copy the app secret again (App Dashboard, App settings, Basic) and set ${names.appSecret}, the current one first.`,
    });
  }
  if (isPermission(code)) {
    // Reading may need another permission than sending.
    return warning("credentials", {
      found: `The token may not read the account (error ${code}).`,
      why: "Whether it may send could not be checked; without that permission every delivery waits.",
      advice: `Create a token with the permissions ${permissions} (${dashboard}).`,
    });
  }
  if (code === 100) {
    return fault("credentials", {
      found: `The token has no access to ${names.identity}, or version ${options.graphVersion} has ended (error 100).`,
      why: "Messages are sent from another account or not at all, and webhooks for it are refused.",
      advice: `Compare ${names.identity} with the dashboard (${dashboard}): token and id must belong together.`,
    });
  }
  return warning("credentials", {
    found: `Meta answered ${reached.status}${code === 0 ? "" : ` (error ${code})`} when asked about the account.`,
    why: "Secret and token could not be checked.",
    advice: "Run it again in a minute. If it stays, look at Meta's status page (metastatus.com).",
  });
}
