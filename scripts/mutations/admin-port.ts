/** Who comes in at the admin port, and what leaves it. */
import { inFile, type Mutation, store } from "./mutation.ts";

const ADMIN = "src/http/admin";
const ACCESS = `${ADMIN}/access.test.ts`;
const REDACT = `${ADMIN}/redact.test.ts`;
const FILES = inFile(`${ADMIN}/console-files.test.ts`);

export const ADMIN_PORT: readonly Mutation[] = [
  {
    name: "right-to-read",
    breaks: "§7: a token that may only read changes nothing.",
    file: `${ADMIN}/guard.ts`,
    edits: [{ find: 'identity.right === "read" && ', put: 'identity.right !== "read" && ' }],
    tests: inFile(ACCESS, "a named token"),
  },
  {
    name: "session-from-any-page",
    breaks: "§7: no page but the console uses the operator's session.",
    file: `${ADMIN}/guard.ts`,
    edits: [{ find: "notJson ?? sessionRequestProblem(c, scheme) ?? ", put: "notJson ?? " }],
    tests: inFile(ACCESS, "another page in the operator's browser"),
  },
  {
    name: "session-for-forms",
    breaks: "§7: a form of another page, which may hide its origin, changes nothing.",
    file: `${ADMIN}/guard.ts`,
    edits: [{ find: "notJson ?? sessionRequestProblem", put: "sessionRequestProblem" }],
    tests: inFile(ACCESS, "another page in the operator's browser"),
  },
  {
    name: "reads-of-other-sites",
    breaks: "§7: another page doesn't read with the operator's session either.",
    file: "src/runtime/foreign-page.ts",
    edits: [
      {
        find: 'if (!rules.isLink && (site === "cross-site"',
        put: 'if (rules.isLoopbackOnly && (site === "cross-site"',
      },
    ],
    tests: inFile(ACCESS, "another page in the operator's browser"),
  },
  {
    name: "session-key-of-the-token",
    breaks: "§7: changing a token ends its sessions.",
    file: `${ADMIN}/session.ts`,
    edits: [{ find: 'createHmac("sha256", token)', put: 'createHmac("sha256", "")' }],
    tests: inFile(ACCESS, "a session"),
  },
  {
    name: "session-end",
    breaks: "§7: a session ends after twelve hours.",
    file: `${ADMIN}/session.ts`,
    edits: [{ find: "Number(expires) > now ?", put: "Number(expires) > 0 ?" }],
    tests: inFile(ACCESS, "a session"),
  },
  {
    name: "stream-of-a-session",
    breaks: "§7: a session ends after twelve hours, and what it reads with it.",
    file: `${ADMIN}/event-feed.ts`,
    edits: [
      { find: "if (until !== null && clock.now() >= until) return close();", put: "if (until === 0) return close();" },
    ],
    tests: inFile(ACCESS, "a session .*still reads"),
  },
  {
    name: "session-signature",
    breaks: "§7: a session can't be forged.",
    file: `${ADMIN}/session.ts`,
    edits: [{ find: " || !isEqual(signature, signatureOf({ token, scheme }, expires))", put: "" }],
    tests: inFile(ACCESS, "a session"),
  },
  {
    name: "session-of-plain-http",
    breaks: "§7: a session isn't begun where others on the way can read it.",
    file: `${ADMIN}/sign-in.ts`,
    edits: [
      {
        find: 'if (scheme === "http" && !isLoopbackHost(hostOf(c)))',
        put: 'if (scheme === "http" && hostOf(c) === "")',
      },
    ],
    tests: inFile(ACCESS, "a sign-in"),
  },
  {
    name: "guessing-tokens",
    breaks: "§7: whoever guesses tokens waits for longer and longer.",
    file: `${ADMIN}/wrong-tokens.ts`,
    edits: [{ find: "if (doublings >= 0) record", put: "if (doublings >= 1_000) record" }],
    tests: inFile(`${ADMIN}/wrong-tokens.test.ts`),
  },
  {
    name: "guessing-at-once",
    breaks: "§7: whoever guesses many tokens at the same time waits, too.",
    file: `${ADMIN}/sign-in.ts`,
    edits: [
      { find: "    const text = await c.req.text();\n", put: "" },
      { find: "parse(SIGN_IN, text)", put: "parse(SIGN_IN, await c.req.text())" },
    ],
    tests: inFile(ACCESS, "at the same time"),
  },
  {
    name: "headers-of-every-answer",
    breaks: "§7: no answer of the admin port runs a script of others or is shown in a frame.",
    file: `${ADMIN}/app.ts`,
    edits: [{ find: "  app.use(securityHeaders);\n", put: "" }],
    tests: inFile(`${ADMIN}/security-headers.test.ts`),
  },
  {
    name: "console-out-of-its-folder",
    breaks: "§7: a link in the console's folder shows no other file.",
    file: `${ADMIN}/console-files.ts`,
    edits: [{ find: "entry.isFile()", put: "!entry.isDirectory()" }],
    tests: FILES,
  },
  {
    name: "console-copies",
    breaks: "§7: a stranger who asks for the console's files and reads none of them fills no memory.",
    file: `${ADMIN}/console-files.ts`,
    edits: [{ find: "c.body(inParts(body), 200, {", put: "c.body(new Uint8Array(body), 200, {" }],
    tests: FILES,
  },
  {
    name: "console-behind-checks",
    breaks: "§7: without a token the console is for its own machine only, its files too.",
    file: `${ADMIN}/app.ts`,
    edits: [
      { find: "  app.use(serveConsole(consoleFolder));\n", put: "" },
      { find: "  app.use(checkPage({", put: "  app.use(serveConsole(consoleFolder));\n  app.use(checkPage({" },
    ],
    tests: FILES,
  },
  {
    name: "tokens-of-the-platform",
    breaks: "§7: a token of the platform doesn't leave by the admin API.",
    file: `${ADMIN}/wire.ts`,
    edits: [{ find: "leaving(z.custom<EventContent>(), withoutTokens)", put: "z.custom<EventContent>()" }],
    tests: inFile(REDACT, "a platform's tokens"),
  },
  {
    name: "words-off",
    breaks: "§7: with words off no message text leaves by the admin API.",
    file: `${ADMIN}/redact.ts`,
    edits: [{ find: "return { ...entry, messages: entry.messages.map(typeOf) };", put: "return entry;" }],
    tests: inFile(REDACT, "words=0"),
  },
  {
    name: "files-as-pages",
    breaks: "§7: a file that a person sent is never a script or a page of the console's origin.",
    file: `${ADMIN}/event-media.ts`,
    edits: [{ find: 'SHOWN.exec(type)?.[0] ?? "application/octet-stream"', put: "type" }],
    tests: inFile(REDACT, "the content of an event"),
  },
  {
    name: "content-taken-back",
    breaks: "§7: what a person took back isn't shown to an operator.",
    file: "src/store/ops/read-event.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how the code is written
    edits: [{ find: " AND ${HAS_CONTENT}", put: "" }],
    tests: store("readEvent"),
  },
];
