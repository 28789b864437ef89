/** The programs that several benches compare: the gateway as it ships, and the limit. */
import type { PlatformAndBot } from "./platform-and-bot.ts";
import { type Program, startProgram } from "./program.ts";

export const TURNPIKE = new URL("../way/turnpike.ts", import.meta.url);
export const LIMIT = new URL("../limit/limit.ts", import.meta.url);

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

/** `quietMs`: empty for the default. */
export function turnpike(name: string, { bot, quietMs }: { bot: "http" | "in process"; quietMs: string }): Contender {
  return {
    name,
    start: (file, { platformUrl, botUrl }) =>
      startProgram(TURNPIKE, [`sqlite:${file}`, platformUrl, bot === "http" ? botUrl : "", quietMs]),
  };
}
