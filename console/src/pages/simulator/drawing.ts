/** What a phone shows of a message, in whatever form its platform has it. Pure: the view only draws what is said here. */
import type { ScreenEntryWire } from "../../../../src/simulator/console-api/wire.ts";
import { drawnOfLine } from "./drawing-line.ts";
import { drawnOfMessenger } from "./drawing-messenger.ts";
import { drawnOfWhatsApp } from "./drawing-whatsapp.ts";
import type { Drawn, Tap } from "./drawn.ts";
import { asObject, type Given } from "./given.ts";

const RULES: Readonly<Record<string, (message: Given) => readonly Drawn[]>> = {
  line: drawnOfLine,
  messenger: drawnOfMessenger,
  whatsapp: drawnOfWhatsApp,
};

/** Never empty: what no rule knows is its text, and without one it is shown as JSON. */
export function drawnOf(
  channel: string,
  { text, message }: Pick<ScreenEntryWire, "text" | "message">,
): readonly Drawn[] {
  const given = asObject(message);
  const rule = Object.hasOwn(RULES, channel) ? RULES[channel] : undefined;
  const drawn = given === null ? [] : (rule?.(given) ?? []);
  const isPlain = drawn.every(({ kind }) => kind === "text");
  // An edited message has a text that isn't the one that was sent.
  if (isPlain && text !== null) return [{ kind: "text", text }];
  return drawn.length > 0 ? drawn : [{ kind: "json", text: JSON.stringify(message, null, 2) ?? "" }];
}

/** Whether the platform's simulator can do it. */
export function isTappable({ order }: Tap, commands: readonly string[]): boolean {
  return order !== null && commands.includes(order.command);
}
