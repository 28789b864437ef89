import { compareClocks, type Finding, fault, warning } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { parseJson, readObject, type WireObject } from "../json.ts";
import type { Answer, Transport } from "../transport.ts";
import { appSecretProof, graphPath } from "./api.ts";
import type { ResolvedMetaOptions } from "./config.ts";
import { readGraphError } from "./wire.ts";

/** What a look at one of Meta's accounts works with. */
export interface MetaDiagnostics {
  readonly transport: Transport;
  readonly options: Pick<ResolvedMetaOptions, "accessToken" | "appSecret" | "graphVersion">;
  readonly clock: Clock;
  /** As the settings call them. */
  readonly names: { readonly appSecret: string; readonly accessToken: string; readonly identity: string };
  /** What the token must be allowed, to send and to be looked at. */
  readonly permissions: string;
  /** Where Meta's dashboard shows the token. */
  readonly dashboard: string;
}

/** A reading of the Graph API with the account's token and its proof: what was there, or what that says of both. */
export type Read =
  | { readonly kind: "read"; readonly fields: WireObject; readonly clock: readonly Finding[] }
  | { readonly kind: "refused"; readonly finding: Finding; readonly clock: readonly Finding[] };

export async function readGraph(parts: MetaDiagnostics, path: string, fields: string): Promise<Read> {
  const { transport, options, clock } = parts;
  const query = new URLSearchParams({
    ...(fields === "" ? {} : { fields }),
    // Of several secrets the first is the current one.
    appsecret_proof: appSecretProof(options.accessToken, options.appSecret[0] ?? ""),
  });
  const answer = await transport.get(`${graphPath(options, path)}?${query}`, {
    authorization: `Bearer ${options.accessToken}`,
  });
  const found = clockOf(answer, clock.now());
  const { reached } = answer;
  if (reached.phase === "answered" && reached.status === 200) {
    return { kind: "read", fields: readObject(parseJson(reached.body ?? "")) ?? {}, clock: found };
  }
  return { kind: "refused", finding: refusal(parts, answer), clock: found };
}

function clockOf({ headers }: Answer, now: number): readonly Finding[] {
  const theirs = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(theirs) ? [] : [compareClocks("clock", { ours: now, theirs, whose: "Meta's" })];
}

/** Permissions (Graph API: Handle errors: 10, 200 to 299). */
const isPermission = (code: number) => code === 10 || (code >= 200 && code < 300);
const NOTHING_LEAVES = "No answer can be sent: every delivery waits.";

function refusal({ names, permissions, dashboard, options }: MetaDiagnostics, { reached }: Answer): Finding {
  if (reached.phase !== "answered") {
    return fault("credentials", {
      found: `Meta's Graph API can't be reached: ${reached.reason}.`,
      why: NOTHING_LEAVES,
      advice: "Let this machine open HTTPS connections to Meta (firewall, DNS, proxy), or correct META_GRAPH_BASE_URL.",
    });
  }
  const error = readGraphError(reached.body);
  const code = error?.code ?? 0;
  if (code === 190) {
    return fault("credentials", {
      found: `Meta refuses ${names.accessToken}: it has ended, was taken back, or never was one (error 190).`,
      why: NOTHING_LEAVES,
      advice: `Make a new token that doesn't end (${dashboard}) and set ${names.accessToken}.`,
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
    // Reading may ask for another permission than sending does.
    return warning("credentials", {
      found: `The token may not read the account (error ${code}).`,
      why: "Whether it may send could not be learned; without that permission every delivery waits.",
      advice: `Make a token with the permissions ${permissions} (${dashboard}).`,
    });
  }
  if (code === 100) {
    return fault("credentials", {
      found: `The token can't see what ${names.identity} names, or version ${options.graphVersion} is gone (error 100).`,
      why: "Messages would be sent as somebody else, or not at all, and webhooks for it are refused.",
      advice: `Compare ${names.identity} with the dashboard (${dashboard}): token and id must belong together.`,
    });
  }
  return warning("credentials", {
    found: `Meta answered ${reached.status}${code === 0 ? "" : ` (error ${code})`} when asked about the account.`,
    why: "Whether secret and token are good could not be learned.",
    advice: "Look again in a minute. If it stays, look at Meta's status page (metastatus.com).",
  });
}
