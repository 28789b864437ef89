/** What the commands say that an operator runs, with marked settings, and with everybody that they ask quoting all of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showConfig } from "../../../src/commands/config.ts";
import { examine } from "../../../src/commands/doctor/doctor.ts";
import { asJson, asText } from "../../../src/commands/doctor/report.ts";
import { forgetPerson } from "../../../src/commands/forget/forget-person.ts";
import { readConfig } from "../../../src/config/config.ts";
import { type Answer, EchoServer, quoteOf, type ReceivedRequest } from "./echo-server.ts";
import { SECRETS } from "./marks.ts";
import { MARKED } from "./platforms.ts";

/** Good answers and bad ones. */
const ANSWERS: readonly ((heard: ReceivedRequest) => Answer)[] = [
  (heard) => [401, quoteOf(heard, false)],
  (heard) => [400, JSON.stringify({ message: quoteOf(heard, false) })],
  (heard) => [400, JSON.stringify({ error: { message: quoteOf(heard, false), type: "OAuthException", code: 190 } })],
  (heard) => [500, quoteOf(heard, false)],
  (heard) => [200, quoteOf(heard, false)],
  () => "disconnect",
];

export interface Spoken {
  readonly doctor: string;
  readonly config: string;
  readonly forget: string;
}

export async function runCommands(): Promise<Spoken> {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-canary-"));
  await using echoServer = await EchoServer.start();
  const env: Record<string, string> = {
    ...(Object.assign({}, ...MARKED.map(([, { env: variables }]) => variables(echoServer.url))) as Record<
      string,
      string
    >),
    TURNPIKE_DATABASE_URL: `sqlite:${join(folder, "turnpike.db")}`,
    TURNPIKE_PORT: "0",
    TURNPIKE_AGENT_URL: `${echoServer.url}/turns?key=${encodeURIComponent(SECRETS.agentToken)}`,
    TURNPIKE_AGENT_SECRET: SECRETS.agentSecret,
    TURNPIKE_AGENT_TOKEN: SECRETS.agentToken,
    TURNPIKE_REHEARSAL_AGENTS: JSON.stringify([
      { name: "dev", url: `${echoServer.url}/turns?key=${SECRETS.agentToken}`, secret: SECRETS.agentSecret },
    ]),
    TURNPIKE_ADMIN_TOKEN: SECRETS.adminToken,
    TURNPIKE_ADMIN_TOKENS: JSON.stringify([{ name: "ann", right: "read", token: SECRETS.namedAdminToken }]),
  };
  try {
    const reports: string[] = [];
    for (const answer of ANSWERS) {
      echoServer.answer = answer;
      const report = await examine(env, { freeMib: 1 });
      reports.push(asText(report), asJson(report));
    }
    const shown = [false, true].map((json) => showConfig(env, { json, schema: false }));
    const forgotten: string[] = [];
    for (const [channel, { peerId }] of MARKED) {
      forgotten.push((await forgetPerson(readConfig(env), peerId, { channel, account: "default" })).text);
    }
    return { doctor: reports.join("\n"), config: shown.join("\n"), forget: forgotten.join("\n") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
