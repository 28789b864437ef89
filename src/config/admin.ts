import { type AdminToken, adminTokenProblems, UNNAMED_ADMIN_TOKEN } from "../core/admin-token.ts";
import { isLoopback } from "../runtime/loopback-host.ts";
import type { Reading } from "../settings/read.ts";
import type { Filled, Given } from "../settings/setting.ts";
import type { ADMIN_SETTINGS } from "./program-settings.ts";

export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  /** The token without a name. */
  readonly token: string | null;
  /** Those with a name. */
  readonly tokens: readonly AdminToken[];
}

type AdminSettings = typeof ADMIN_SETTINGS;
type GivenToken = Given<AdminSettings["tokens"]["children"]>;

/** Without any token the admin port may only listen on loopback. */
export function checkedAdmin(
  { host, port, token }: Filled<AdminSettings>,
  given: readonly GivenToken[],
  reading: Reading,
): AdminConfig {
  const { problems, file } = reading;
  const tokens = namedTokens(given, reading);
  // An invalid token isn't missing as well.
  const isReported = problems.some((problem) => /admin\.token|TURNPIKE_ADMIN_TOKEN/.test(problem));
  if (token === null && given.length === 0 && !isReported && !isLoopback(host)) {
    const [hostName, tokenName] =
      file === null ? ["TURNPIKE_ADMIN_HOST", UNNAMED_ADMIN_TOKEN] : ["admin.host", "admin.token"];
    problems.push(`${hostName} is ${host}, which isn't loopback; allowed: with ${tokenName} set, or 127.0.0.1`);
  }
  return { host, port, token, tokens };
}

function namedTokens(given: readonly GivenToken[], { problems, broken }: Reading): readonly AdminToken[] {
  const tokens = given.flatMap(({ name, right, token }, index) => {
    // Of the file or of the variable.
    const isBroken = (key: string) => [...broken].some((path) => path.endsWith(`[${index}].${key}`));
    const missing = Object.entries({ name, right, token }).filter(
      ([key, value]) => value === undefined && !isBroken(key),
    );
    problems.push(...missing.map(([key]) => `admin.tokens[${index}].${key} is not set; every token needs one`));
    if (name === undefined || right === undefined || token === undefined) return [];
    return [{ name, right, token }];
  });
  problems.push(...adminTokenProblems(tokens).map((problem) => `admin.tokens: ${problem}`));
  return tokens;
}
