import { type Finding, fault, ok, skipped, warning } from "../../../core/finding.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { readText, type WireObject } from "../../json.ts";
import type { CallResult, PlatformClient } from "../../platform-client.ts";
import type { AccessTokens } from "../api/tokens.ts";
import type { ResolvedLineOptions } from "../config.ts";
import { readAnswer, readBody } from "../wire.ts";

export interface LineDiagnostics {
  readonly platformClient: PlatformClient;
  readonly tokens: AccessTokens;
  readonly options: Pick<ResolvedLineOptions, "account" | "botUserId" | "access" | "pushReserve" | "apiBaseUrl">;
  /** Rest of the monthly quota; `null`: no limit. */
  readonly left: () => Promise<number | null>;
  readonly clock: Clock;
}

const CONSOLE = "LINE Developers Console, the channel, Messaging API, Webhook settings";
const ENDPOINT = "/v2/bot/channel/webhook/endpoint";
const TEST = "/v2/bot/channel/webhook/test";
const NO_WEBHOOKS = "LINE sends no webhooks: no message of a person arrives.";

/** Where LINE sends webhooks, whether it does, and what comes of an empty one that it sends now. */
export async function checkWebhook(parts: LineDiagnostics, authorization: string): Promise<readonly Finding[]> {
  const { platformClient, options } = parts;
  const { reached } = await platformClient.get(ENDPOINT, { authorization });
  if (reached.phase !== "answered") return [unknown(reached.reason)];
  if (reached.status === 404) return [noAddress(options.account)];
  if (reached.status !== 200) return [unknown(`LINE answered ${reached.status}`)];
  const { endpoint, active }: WireObject = readBody(reached.body);
  const address = readText(endpoint);
  if (address === null) return [noAddress(options.account)];
  const set = [...checkPath(address, options.account)];
  if (active === false) return [...set, switchedOff(address)];
  const headers = { authorization, "content-type": "application/json" };
  return [...set, readTest(await platformClient.post(TEST, headers, "{}"), shown(address))];
}

const unknown = (reason: string) =>
  skipped("webhook", `The webhook URL at LINE could not be read: ${reason}. Run it again in a minute.`);

function noAddress(account: string): Finding {
  return fault("webhook", {
    found: "No webhook URL is set at LINE.",
    why: NO_WEBHOOKS,
    advice: `Enter https://<your host>/webhook/line/${account} as the webhook URL (${CONSOLE}), and switch "Use webhook" on.`,
  });
}

function switchedOff(address: string): Finding {
  return fault("webhook", {
    found: `The webhook URL is ${shown(address)}, and "Use webhook" is off.`,
    why: NO_WEBHOOKS,
    advice: `Switch "Use webhook" on (${CONSOLE}).`,
  });
}

/** Only a warning: a proxy may rewrite the path. */
function checkPath(address: string, account: string): readonly Finding[] {
  const path = URL.parse(address)?.pathname.replace(/\/+$/, "") ?? "";
  const ours = [`/webhook/line/${account}`, ...(account === "default" ? ["/webhook/line"] : [])];
  if (ours.some((one) => path.endsWith(one))) return [];
  return [
    warning("webhook-address", {
      found: `The webhook URL at LINE is ${shown(address)}, which doesn't end in ${ours.join(" or ")}.`,
      why: "Unless a proxy changes the path, its webhooks get 404, or reach another account, whose secret refuses them.",
      advice: `Set it to https://<your host>/webhook/line/${account} (${CONSOLE}).`,
    }),
  ];
}

function readTest({ reached }: CallResult, address: string): Finding {
  if (reached.phase !== "answered")
    return skipped("webhook", `LINE's test of the webhook gave no answer: ${reached.reason}.`);
  if (reached.status === 429)
    return skipped("webhook", "LINE allows 60 tests of a webhook an hour, and they are used up.");
  if (reached.status !== 200) {
    const words = readAnswer(reached.body).message ?? "no reason given";
    return skipped("webhook", `LINE answered ${reached.status} when asked to test the webhook: ${words}.`);
  }
  const { success, statusCode, reason }: WireObject = readBody(reached.body);
  if (success === true) return ok("webhook", `LINE reaches ${address}, and this channel's signature is taken there.`);
  const code = typeof statusCode === "number" && statusCode > 0 ? statusCode : null;
  return fault("webhook", {
    found: `LINE's test webhook to ${address} failed: ${code ?? readText(reason) ?? "no reason given"}.`,
    why: "LINE counts webhooks as undelivered, and stops sending them after a long time of that.",
    advice: adviceFor(code, readText(reason) ?? ""),
  });
}

function adviceFor(status: number | null, reason: string): string {
  if (status === 401 || status === 403) {
    return "The signature is refused there: LINE_CHANNEL_SECRET isn't this channel's (Basic settings), or the address is another account's.";
  }
  if (status === 404) return "No such address there: correct the webhook URL's path, or the proxy in front.";
  if (status === 503) return "The gateway refuses for now: look at the other findings, its log and GET /ready.";
  if (status !== null) return "Look at the log of the gateway, or of the proxy in front of it, at this minute.";
  if (reason === "REQUEST_TIMEOUT") {
    return "No answer within LINE's two seconds: look at the disk, the database and the proxy in front.";
  }
  return "No server answers there: start the gateway, and check the host's name, its TLS certificate, the proxy and the firewall.";
}

/** Without the query, which may contain a secret. */
function shown(address: string): string {
  const url = URL.parse(address);
  return url === null ? "no URL" : `${url.origin}${url.pathname}`;
}
