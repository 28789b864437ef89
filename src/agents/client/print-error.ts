import type { WireTurn } from "../protocol.ts";

/** The default `onError`: its author reads the stack where the bot runs. Without the turn's messages. */
export function printError(error: unknown, { turnId }: Pick<WireTurn, "turnId">): void {
  // biome-ignore lint/suspicious/noConsole: a library has no other place where a bot's author looks.
  console.error(`turnpike: the bot failed to answer ${turnId}:`, error);
}
