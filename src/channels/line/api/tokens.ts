import type { Clock } from "../../../runtime/clock.ts";
import { readObject, readText } from "../../json.ts";
import type { JsonAnswer, LineApi } from "../api.ts";
import type { IssuedTokenOptions } from "../config.ts";
import { assertion, readKey } from "./assertion.ts";

export type CurrentToken =
  | { readonly kind: "token"; readonly token: string }
  /** None can be had at the moment. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** LINE doesn't know the channel by what we show: a person must look. */
  | { readonly kind: "refused"; readonly reason: string };

/** Channel access tokens. */
export interface AccessTokens {
  current(): Promise<CurrentToken>;
  /** LINE took it. */
  worked(token: string): void;
  /** LINE answered 401 to it. `stopped`: there is no other to try. */
  failed(token: string): "renewed" | "stopped";
  /** What nobody may read. */
  secrets(): readonly string[];
}

/** One token, given by the operator. */
export function longLivedToken(token: string): AccessTokens {
  return {
    current: async () => ({ kind: "token", token }),
    worked: () => {},
    failed: () => "stopped",
    secrets: () => [token],
  };
}

interface Held {
  readonly token: string;
  readonly renewAt: number;
  readonly endsAt: number;
  hasWorked: boolean;
}

/** A token is renewed when this share of its life is left, so that many tries fit in before it ends. */
const RENEW_SHARE = 0.2;
/** A call that starts with it must come to its end with it, in ms. */
const LAST_USE_MS = 20_000;
/** After a try that failed, in ms: many deliveries ask at once. */
const PAUSE_MS = 1_000;

/**
 * Tokens that we fetch ourselves and renew before they end. While an old one lives nobody waits for the new one. One
 * that LINE refuses is thrown away and another fetched; only when that is refused as well is it more than an ended
 * token.
 */
export function issuedTokens(options: IssuedTokenOptions, api: Pick<LineApi, "post">, clock: Clock): AccessTokens {
  const formOf = createForm(options, clock);
  let held: Held | null = null;
  // Also one that was thrown away: an answer to it may still be on its way.
  let latest: string | null = null;
  let fetching: Promise<CurrentToken> | null = null;
  let failure: { readonly until: number; readonly outcome: CurrentToken } | null = null;

  async function fetchOne(): Promise<CurrentToken> {
    const { path, form } = formOf();
    const answer = readIssued(await api.post(path, form));
    if (answer.kind !== "issued") {
      failure = { until: clock.now() + PAUSE_MS, outcome: answer };
      return answer;
    }
    const { token, lifeMs } = answer;
    const now = clock.now();
    latest = token;
    held = { token, renewAt: now + lifeMs * (1 - RENEW_SHARE), endsAt: now + lifeMs - LAST_USE_MS, hasWorked: false };
    failure = null;
    return { kind: "token", token };
  }

  function renew(): Promise<CurrentToken> {
    if (failure !== null && clock.now() < failure.until) return Promise.resolve(failure.outcome);
    fetching ??= fetchOne().finally(() => {
      fetching = null;
    });
    return fetching;
  }

  return {
    async current() {
      const now = clock.now();
      if (held === null || now >= held.endsAt) return await renew();
      if (now >= held.renewAt) void renew();
      return { kind: "token", token: held.token };
    },
    worked(token) {
      if (held?.token === token) held.hasWorked = true;
    },
    failed(token) {
      // Somebody has thrown it away already.
      if (held?.token !== token) return "renewed";
      const { hasWorked } = held;
      held = null;
      return hasWorked ? "renewed" : "stopped";
    },
    secrets: () => (latest === null ? [] : [latest]),
  };
}

type Issued = { readonly kind: "issued"; readonly token: string; readonly lifeMs: number };

function readIssued(answer: JsonAnswer | null): Issued | Exclude<CurrentToken, { kind: "token" }> {
  if (answer === null) return { kind: "unavailable", reason: "no channel access token: LINE can't be reached" };
  const { access_token: token, expires_in: life } =
    (readObject(answer.body) as {
      access_token?: unknown;
      expires_in?: unknown;
    } | null) ?? {};
  if (answer.status === 200 && readText(token) !== null && typeof life === "number") {
    return { kind: "issued", token: String(token), lifeMs: life * 1_000 };
  }
  const reason = `no channel access token: LINE answered ${answer.status}`;
  // 400 and 401 are about what we show; anything else passes.
  return { kind: [400, 401, 403].includes(answer.status) ? "refused" : "unavailable", reason };
}

/** LINE: the assertion may live up to 30 minutes (Issue channel access tokens v2.1, "Generate a JSON Web Token"). */
const ASSERTION_LIFE_S = 30 * 60;
/** Of the 30 days that LINE allows. At most 30 tokens live at a time, and each start of ours fetches one. */
const TOKEN_LIFE_S = 24 * 60 * 60;
const AUDIENCE = "https://api.line.me/";

/** The request for a token (LINE: Messaging API reference, "Issue stateless channel access token" and "… v2.1"). */
function createForm({ channelId, channelSecret, assertionKey, tokenKind }: IssuedTokenOptions, clock: Clock) {
  const path = tokenKind === "v2.1" ? "/oauth2/v2.1/token" : "/oauth2/v3/token";
  const signing = assertionKey === null ? null : readKey(assertionKey);
  return (): { path: string; form: Record<string, string> } => {
    const form = { grant_type: "client_credentials" };
    if (signing === null) return { path, form: { ...form, client_id: channelId, client_secret: channelSecret } };
    const exp = Math.floor(clock.now() / 1_000) + ASSERTION_LIFE_S;
    const claims = { iss: channelId, sub: channelId, aud: AUDIENCE, exp };
    const said = tokenKind === "v2.1" ? { ...claims, token_exp: TOKEN_LIFE_S } : claims;
    return {
      path,
      form: {
        ...form,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion(said, signing),
      },
    };
  };
}
