import { type Clock, systemTime } from "../../../runtime/clock.ts";
import { readText } from "../../json.ts";
import { isForeign } from "../../outcome.ts";
import type { PostClient, Reached } from "../../platform-client.ts";
import type { IssuedTokenOptions } from "../config.ts";
import { readBody } from "../wire.ts";
import { assertion, readKey } from "./assertion.ts";

export type CurrentToken =
  | { readonly kind: "token"; readonly token: string }
  /** No token can be fetched at the moment. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** LINE refuses the channel's credentials: an operator must correct them. */
  | { readonly kind: "refused"; readonly reason: string };

export interface AccessTokens {
  current(): Promise<CurrentToken>;
  /** LINE accepted it. */
  worked(token: string): void;
  /** LINE answered 401 to it. `stopped`: there is no other to try. */
  failed(token: string): "renewed" | "stopped";
  secrets(): readonly string[];
}

/** One token from the settings. */
export function longLivedToken(token: string): AccessTokens {
  return {
    current: async () => ({ kind: "token", token }),
    worked: () => {},
    failed: () => "stopped",
    secrets: () => [token],
  };
}

interface IssuedToken {
  readonly token: string;
  readonly renewAt: number;
  readonly endsAt: number;
  hasWorked: boolean;
}

/** A token is renewed when this share of its lifetime is left, so that many tries fit in before it expires. */
const RENEW_AT_SHARE = 0.2;
/** Margin before expiry, in ms: a call that starts with the token must end before it expires. */
const EXPIRY_MARGIN_MS = 20_000;
const FORM_HEADERS = { "content-type": "application/x-www-form-urlencoded" } as const;
/** Pause after a failed fetch, in ms: many deliveries ask at once. */
const RETRY_PAUSE_MS = 1_000;

/**
 * Tokens that the gateway fetches and renews before they expire, in the background while the old one is valid. A token
 * that LINE refuses is dropped and another fetched; a new one that is refused as well stops the account.
 */
export function issuedTokens(
  options: IssuedTokenOptions,
  platformClient: Pick<PostClient, "post">,
  clock: Clock,
): AccessTokens {
  const formOf = createForm(options, clock);
  let cached: IssuedToken | null = null;
  // Kept after a token was dropped: an answer to it may still arrive and must be redacted.
  let latest: string | null = null;
  let fetching: Promise<CurrentToken> | null = null;
  let failure: { readonly until: number; readonly outcome: CurrentToken } | null = null;

  async function fetchOne(): Promise<CurrentToken> {
    const { path, form } = formOf();
    const { reached } = await platformClient.post(path, FORM_HEADERS, new URLSearchParams(form).toString());
    const answer = readIssued(reached);
    if (answer.kind !== "issued") {
      failure = { until: clock.now() + RETRY_PAUSE_MS, outcome: answer };
      return answer;
    }
    const { token, lifeMs } = answer;
    const now = clock.now();
    latest = token;
    cached = {
      token,
      renewAt: now + lifeMs * (1 - RENEW_AT_SHARE),
      endsAt: now + lifeMs - EXPIRY_MARGIN_MS,
      hasWorked: false,
    };
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
      if (cached === null || now >= cached.endsAt) return await renew();
      if (now >= cached.renewAt) void renew();
      return { kind: "token", token: cached.token };
    },
    worked(token) {
      if (cached?.token === token) cached.hasWorked = true;
    },
    failed(token) {
      // Dropped by an earlier call.
      if (cached?.token !== token) return "renewed";
      const { hasWorked } = cached;
      cached = null;
      return hasWorked ? "renewed" : "stopped";
    },
    secrets: () => (latest === null ? [] : [latest]),
  };
}

type Issued = { readonly kind: "issued"; readonly token: string; readonly lifeMs: number };

function readIssued(reached: Reached): Issued | Exclude<CurrentToken, { kind: "token" }> {
  if (reached.phase !== "answered") {
    return { kind: "unavailable", reason: "no channel access token: LINE can't be reached" };
  }
  const { status } = reached;
  const { access_token: token, expires_in: life } = readBody(reached.body);
  if (status === 200 && readText(token) !== null && typeof life === "number") {
    return { kind: "issued", token: String(token), lifeMs: life * 1_000 };
  }
  const reason = `no channel access token: LINE answered ${status}`;
  // 400, 401 and 403 of LINE are about the credentials; everything else is temporary, a proxy's refusal, too.
  const isRefused = [400, 401, 403].includes(status) && !isForeign(reached.body);
  return { kind: isRefused ? "refused" : "unavailable", reason };
}

/** LINE: the assertion may live up to 30 minutes (Issue channel access tokens v2.1, "Generate a JSON Web Token"). */
const ASSERTION_LIFE_S = 30 * 60;
/** LINE allows up to 30 days, and at most 30 tokens at a time; each start of the gateway fetches one. */
const TOKEN_LIFE_S = 24 * 60 * 60;
const AUDIENCE = "https://api.line.me/";

/** The request for a token (LINE: Messaging API reference, "Issue stateless channel access token" and "… v2.1"). */
function createForm({ channelId, channelSecret, assertionKey, tokenKind }: IssuedTokenOptions, clock: Clock) {
  const path = tokenKind === "v2.1" ? "/oauth2/v2.1/token" : "/oauth2/v3/token";
  const signing = assertionKey === null ? null : readKey(assertionKey);
  return (): { path: string; form: Record<string, string> } => {
    const form = { grant_type: "client_credentials" };
    if (signing === null) return { path, form: { ...form, client_id: channelId, client_secret: channelSecret } };
    const exp = Math.floor(systemTime(clock) / 1_000) + ASSERTION_LIFE_S;
    const claims = { iss: channelId, sub: channelId, aud: AUDIENCE, exp };
    const allClaims = tokenKind === "v2.1" ? { ...claims, token_exp: TOKEN_LIFE_S } : claims;
    return {
      path,
      form: {
        ...form,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion(allClaims, signing),
      },
    };
  };
}
