import type { Hono } from "hono";
import { z } from "zod";
import { ADMIN_RIGHTS } from "../../core/admin-token.ts";
import { isLoopbackHost } from "../../runtime/loopback-host.ts";
import { parse } from "../../runtime/parse-json.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import { hostOf, schemeOf, sessionRequestProblem } from "./browser.ts";
import { type Access, tokenOf, tooManyTokens } from "./guard.ts";
import { limit, onlyJson } from "./json-body.ts";
import { problem } from "./problem.ts";
import { beginSession, endSession, readSession } from "./session.ts";

const SIGN_IN = z.strictObject({ token: z.string().trim().min(1).max(1_000) });

/** Answer to a sign-in, on the wire. */
export const SIGNED_IN = z.object({
  actor: z.string(),
  right: z.enum(ADMIN_RIGHTS),
  expiresAt: z.iso.datetime(),
});

const NO_TLS =
  "this page is on plain http, where a session could be read by others: put TLS in front of the admin port, or come to it " +
  "by loopback, as with ssh -L 8081:127.0.0.1:8081";

/** The console's sign-in with a token and sign-out: its session is a cookie. In front of the guard. */
export function mountSignIn(app: Hono, access: Access, { log }: Pick<Telemetry, "log">): void {
  app.post("/api/sign-in", onlyJson, limit, async (c) => {
    c.header("cache-control", "no-store");
    if (access.tokens.length === 0) return problem(c, 409, "there is no token: everything is open on loopback");
    const scheme = schemeOf(c);
    if (scheme === "http" && !isLoopbackHost(hostOf(c))) return problem(c, 403, NO_TLS);
    const text = await c.req.text();
    // After the body: whoever sends many at once and ends them together would have all of them tried.
    const client = access.clientOf(c);
    const waitS = access.wrongTokens.waitS(client);
    if (waitS !== null) return tooManyTokens(c, waitS);
    const read = parse(SIGN_IN, text);
    if (!read.ok) return problem(c, 400, read.reason);
    const token = tokenOf(access.tokens, read.value.token);
    if (token === null) {
      access.wrongTokens.typed(client, read.value.token);
      log.warn({ reason: "wrong token" }, "sign-in refused");
      return problem(c, 401, "token: read one that is not known");
    }
    const expires = beginSession(c, { token, scheme }, access.clock.now());
    const { name: actor, right } = token;
    log.info({ actor }, "signed in");
    return c.json(z.encode(SIGNED_IN, { actor, right, expiresAt: new Date(expires).toISOString() }));
  });
  app.post("/api/sign-out", onlyJson, (c) => {
    // One that has ended is signed out, too: then the browser forgets it.
    const session = readSession(c, access.tokens, access.clock.now());
    const refused = sessionRequestProblem(c, session?.scheme ?? schemeOf(c));
    if (refused !== null) return refused;
    endSession(c);
    return c.body(null, 204);
  });
}
