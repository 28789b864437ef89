import { Misconfigured } from "./errors.ts";

/** What an admin token allows: `read` only to look, `operate` actions as well. */
export const ADMIN_RIGHTS = ["read", "operate"] as const;
export type AdminRight = (typeof ADMIN_RIGHTS)[number];

/** One person's or program's token of the admin port. */
export interface AdminToken {
  /** The actor of its actions in the audit log. */
  readonly name: string;
  readonly right: AdminRight;
  readonly token: string;
}

/** Actor of actions on a loopback port without any token. */
export const LOOPBACK_ACTOR = "loopback";
/** Actor of actions of the command line in the database itself. */
export const COMMAND_LINE_ACTOR = "cli";
/** Name of the one token without a name, which may do everything. */
export const UNNAMED_ADMIN_TOKEN = "TURNPIKE_ADMIN_TOKEN";

/** Actors that are no named token's. */
const RESERVED: readonly string[] = [LOOPBACK_ACTOR, COMMAND_LINE_ACTOR, UNNAMED_ADMIN_TOKEN];

/** Characters of a token with a name: a session of it tells whoever has it whether a guess is right, without asking us. */
const LENGTH_MIN = 16;

/** What is wrong with named tokens together, a sentence each: by its token and its name it must be clear who acted. */
export function adminTokenProblems(tokens: readonly AdminToken[]): readonly string[] {
  const problems = tokens
    .filter(({ name }) => RESERVED.includes(name))
    .map(({ name }) => `the name ${name} is that of actions without a named token; allowed: another name`);
  problems.push(
    ...tokens
      .filter(({ token }) => token.trim().length < LENGTH_MIN)
      .map(({ name }) => `the token of ${name} is short; allowed: at least ${LENGTH_MIN} characters`),
  );
  const twice = (key: "name" | "token") =>
    tokens.find((one, index) => tokens.findIndex((other) => other[key] === one[key]) !== index);
  const sameName = twice("name");
  if (sameName !== undefined) problems.push(`the name ${sameName.name} is used twice; allowed: different names`);
  const sameToken = twice("token");
  if (sameToken !== undefined)
    problems.push(`the token of ${sameToken.name} is also another one's; allowed: different tokens`);
  return problems;
}

interface AdminTokens {
  readonly adminToken?: string;
  readonly adminTokens?: readonly AdminToken[];
}

/** All tokens of the admin port: the one without a name has the right `operate`. Throws `Misconfigured`. */
export function allAdminTokens({ adminToken, adminTokens = [] }: AdminTokens): readonly AdminToken[] {
  const [wrong] = adminTokenProblems(adminTokens);
  if (wrong !== undefined) throw new Misconfigured(`adminTokens: ${wrong}`);
  // With its empty key anyone could sign a session.
  if (adminToken?.trim() === "") throw new Misconfigured("adminToken: read an empty text; allowed: a token, or none");
  // It may have a name as well, for a command line on the same machine: then that counts.
  if (adminToken === undefined || adminTokens.some(({ token }) => token === adminToken)) return adminTokens;
  return [{ name: UNNAMED_ADMIN_TOKEN, right: "operate", token: adminToken }, ...adminTokens];
}
