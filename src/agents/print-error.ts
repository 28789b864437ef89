import type { WireTurn } from "./protocol.ts";

/** The default `onConnection`: a bot whose token is refused doesn't end silently, and not as if all were well. */
export function printRefusal(state: "connected" | "disconnected" | "refused", reason: string): void {
  if (state !== "refused") return;
  // biome-ignore lint/suspicious/noConsole: a library has no other place where a bot's author looks.
  console.error(`turnpike: the gateway refused the agent's token, and it isn't tried again: ${reason}`);
  // Elsewhere than in Node there is no exit code.
  if (globalThis.process !== undefined) globalThis.process.exitCode = 1;
}

/** The default `onError`: its author reads the stack where the bot runs. Without the turn's messages. */
export function printError(error: unknown, { turnId }: Pick<WireTurn, "turnId">): void {
  // biome-ignore lint/suspicious/noConsole: a library has no other place where a bot's author looks.
  console.error(`turnpike: the bot failed to answer ${turnId}:`, error);
}
