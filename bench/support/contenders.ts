/** The programs that several benches compare: the gateway as it ships, and the limit. */
import { connect } from "../../src/agents/client/connect.ts";
import type { PlatformAndBot } from "./platform-and-bot.ts";
import { type Program, startProgram } from "./program.ts";

export const TURNPIKE = new URL("../way/turnpike.ts", import.meta.url);
export const LIMIT = new URL("../limit/limit.ts", import.meta.url);

/** Of a bot that connects to the gateway. */
export const AGENT_TOKEN = "bench-agent-token";

export interface Contender {
  readonly name: string;
  /** On that SQLite file. */
  start(file: string, fakes: PlatformAndBot): Promise<Program>;
}

export function limit(name: string): Contender {
  return {
    name,
    start: (file, { platformUrl, botUrl }) => startProgram(LIMIT, [file, platformUrl, botUrl]),
  };
}

type Bot = "http" | "WebSocket" | "in process";

/** `quietMs`: empty for the default. */
export function turnpike(name: string, { bot, quietMs }: { bot: Bot; quietMs: string }): Contender {
  return {
    name,
    async start(file, { platformUrl, botUrl }) {
      const asked = { http: botUrl, WebSocket: AGENT_TOKEN, "in process": "" }[bot];
      const program = await startProgram(TURNPIKE, [`sqlite:${file}`, platformUrl, asked, quietMs]);
      return bot === "WebSocket" ? await withBot(program) : program;
    },
  };
}

/** With a bot that is connected to it. */
async function withBot(program: Program): Promise<Program> {
  const connected = Promise.withResolvers<void>();
  const bot = connect(`ws://127.0.0.1:${program.port}/v1/agent`, {
    token: AGENT_TOKEN,
    onConnection: (state) => {
      if (state === "connected") connected.resolve();
    },
  }).onTurn(async () => "Yes, we are open until nine.");
  await connected.promise;
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      await bot.close();
      await program[Symbol.asyncDispose]();
    },
  };
}
