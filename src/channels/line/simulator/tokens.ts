import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { parseJson, readObject, type WireObject } from "../../json.ts";
import { json } from "../../simulation/calls.ts";
import type { PlatformAnswer } from "../../simulation/platform.ts";
import type { World } from "./world.ts";

/** LINE: a stateless token lives 15 minutes; a v2.1 token as long as the assertion asks, up to 30 days. */
const STATELESS_LIFE_S = 15 * 60;
const LONGEST_LIFE_S = 30 * 24 * 60 * 60;
const ASSERTION_LIFE_S = 30 * 60;
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Issues a channel access token (LINE: Messaging API reference, "Channel access token"). */
export function issueToken(world: World, kind: "stateless" | "v2.1", body: string): PlatformAnswer {
  const form = new URLSearchParams(body);
  if (form.get("grant_type") !== "client_credentials") return refused("invalid_request", "grant_type");
  const claims = form.has("client_assertion") ? readAssertion(world, form) : null;
  const { channelId = "1234567890", channelSecret } = world.options;
  const isBySecret =
    kind === "stateless" && form.get("client_id") === channelId && form.get("client_secret") === channelSecret;
  if (claims === null && !isBySecret) return refused("invalid_client", "the channel can't be authenticated");
  const asked = Number(claims?.token_exp ?? LONGEST_LIFE_S);
  const lifeS = kind === "stateless" ? STATELESS_LIFE_S : Math.min(asked, LONGEST_LIFE_S);
  const token = world.ids.token();
  world.issuedTokens.set(token, world.clock.now() + lifeS * 1_000);
  const answer = { access_token: token, token_type: "Bearer", expires_in: lifeS };
  return json(200, kind === "v2.1" ? { ...answer, key_id: `key-${token.slice(0, 8)}` } : answer);
}

export function isGoodToken(world: World, token: string): boolean {
  return token === world.options.channelAccessToken || (world.issuedTokens.get(token) ?? 0) > world.clock.now();
}

function refused(error: string, description: string): PlatformAnswer {
  return json(400, { error, error_description: description });
}

/** The claims of an assertion that is signed, fresh and about this channel; `null` otherwise. */
function readAssertion({ options, clock }: World, form: URLSearchParams): WireObject | null {
  const { assertionKey, channelId = "1234567890" } = options;
  if (assertionKey === undefined || form.get("client_assertion_type") !== ASSERTION_TYPE) return null;
  const [head = "", said = "", signature = ""] = (form.get("client_assertion") ?? "").split(".");
  const key = createPublicKey({ key: assertionKey as JsonWebKey, format: "jwk" });
  const header = decode(head);
  const isSigned = verify("sha256", Buffer.from(`${head}.${said}`), key, Buffer.from(signature, "base64url"));
  const claims = decode(said);
  const leftS = Number(claims.exp) - clock.now() / 1_000;
  const isAboutUs = claims.iss === channelId && claims.sub === channelId && claims.aud === "https://api.line.me/";
  const isFresh = leftS > 0 && leftS <= ASSERTION_LIFE_S;
  return isSigned && header.alg === "RS256" && header.kid === assertionKey.kid && isAboutUs && isFresh ? claims : null;
}

function decode(part: string): WireObject {
  return readObject(parseJson(Buffer.from(part, "base64url").toString("utf8"))) ?? {};
}
