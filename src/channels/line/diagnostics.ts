import { compareClocks, type Finding, fault, ok, skipped, warning } from "../../core/finding.ts";
import { readText } from "../json.ts";
import { isForeign } from "../outcome.ts";
import type { CallResult } from "../platform-client.ts";
import { checkWebhook, type LineDiagnostics } from "./diagnostics/webhook.ts";
import { readAnswer, readBody } from "./wire.ts";

/**
 * Checks one LINE channel over the API: token, bot, webhook, quota (LINE: Messaging API reference, "Get bot info", "Get
 * webhook endpoint information", "Test webhook endpoint"). Sends no message: the test is an empty webhook.
 */
export function createDiagnostics(parts: LineDiagnostics): () => Promise<readonly Finding[]> {
  return async () => {
    const current = await parts.tokens.current();
    if (current.kind !== "token") return [withoutToken(current)];
    const authorization = `Bearer ${current.token}`;
    const info = await parts.platformClient.get("/v2/bot/info", { authorization });
    const credentials = readInfo(info, parts.options);
    const clock = readClock(info, parts.clock.wall());
    const refused = credentials.some(({ level }) => level === "fault") && !isOk(info);
    if (refused) return [...credentials, ...clock];
    return [...credentials, ...clock, ...(await checkWebhook(parts, authorization)), await checkQuota(parts)];
  };
}

const isOk = ({ reached }: CallResult) => reached.phase === "answered" && reached.status === 200;

function withoutToken({ kind, reason }: { kind: "unavailable" | "refused"; reason: string }): Finding {
  if (kind === "unavailable") return unreachable(reason);
  return fault("credentials", {
    found: `LINE issues no channel access token for this channel (${reason}).`,
    why: "No answer can be sent: every delivery waits.",
    advice:
      "Compare LINE_CHANNEL_ID and LINE_CHANNEL_SECRET (or the assertion key's kid) with the channel's Basic settings " +
      "in the LINE Developers Console. Both must be of the same channel.",
  });
}

function unreachable(reason: string): Finding {
  return fault("credentials", {
    found: `LINE's API can't be reached: ${reason}.`,
    why: "No answer can be sent, and nothing else of this account can be checked.",
    advice: "Let this machine open HTTPS connections to LINE (firewall, DNS, proxy), or correct LINE_API_BASE_URL.",
  });
}

function readInfo({ reached }: CallResult, { botUserId, access }: LineDiagnostics["options"]): readonly Finding[] {
  if (reached.phase !== "answered") return [unreachable(reached.reason)];
  const { status, body } = reached;
  if (status === 200) return [botFinding(body, botUserId)];
  const words = readAnswer(body).message ?? "no reason given";
  // A proxy's refusal says nothing of the token.
  if ((status === 401 || status === 403) && !isForeign(body)) {
    const source = typeof access === "string" ? "LINE_CHANNEL_ACCESS_TOKEN" : "the fetched channel access token";
    return [
      fault("credentials", {
        found: `LINE refuses ${source}: ${status} ${words}.`,
        why: "No answer can be sent: every delivery waits for a valid token.",
        advice:
          "Copy the channel access token again, or issue a new one: LINE Developers Console, the channel, Messaging API.",
      }),
    ];
  }
  return [
    warning("credentials", {
      found: `LINE answered ${status} when asked who the bot is: ${words}.`,
      why: "The token could not be checked.",
      advice:
        "Run it again in a minute. If it stays, look at the proxy on the way to LINE, or at LINE's status page (status.line.me).",
    }),
  ];
}

function botFinding(body: string | null, botUserId: string | null): Finding {
  const { userId, basicId, displayName } = readBody(body);
  const name = `${readText(displayName) ?? "a bot without a name"} (${readText(basicId) ?? "no basic id"})`;
  if (botUserId !== null && userId !== botUserId) {
    return fault("credentials", {
      found: `The token is that of ${name}, whose user id is ${readText(userId) ?? "unknown"}; LINE_BOT_USER_ID is ${botUserId}.`,
      why: "Webhooks of the other bot are refused, and answers would be sent by the wrong bot.",
      advice: "Take secret, token and user id from one and the same channel in the LINE Developers Console.",
    });
  }
  return ok("credentials", `LINE accepts the token; the bot is ${name}.`);
}

function readClock({ headers }: CallResult, now: number): readonly Finding[] {
  const theirs = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(theirs) ? [] : [compareClocks("clock", { ours: now, theirs, whose: "LINE's" })];
}

async function checkQuota({ left: ask, options }: LineDiagnostics): Promise<Finding> {
  let left: number | null;
  try {
    left = await ask();
  } catch (error) {
    return skipped("quota", `The rest of the monthly quota could not be read: ${(error as Error).message}.`);
  }
  if (left === null) return ok("quota", "The plan has no limit of paid messages.");
  if (left === 0) {
    return fault("quota", {
      found: "The month's paid messages are used up.",
      why: "Whatever can't be sent as a free reply is parked until the person writes again, or the month ends.",
      advice:
        "Buy more messages or a larger plan in the LINE Official Account Manager; LINE_SLOW_REPLY=button saves some.",
    });
  }
  if (left <= options.pushReserve) {
    return warning("quota", {
      found: `${left} paid messages of the monthly quota are left; the reserve is ${options.pushReserve}.`,
      why: "No paid message is sent any more: late answers are parked until the person writes again.",
      advice: "Buy more messages in the LINE Official Account Manager, or lower the reserve (LINE_PUSH_RESERVE).",
    });
  }
  return ok("quota", `${left} paid messages of the monthly quota are left.`);
}
