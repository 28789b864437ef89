/** A whole gateway whose agent is slow, and what people then see and what is paid for. */
import type { LineOptions } from "../../src/channels/line/index.ts";
import type { Bubble } from "../../src/channels/line/simulator.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./assembled-gateway.ts";
import { patientBot } from "./bots.ts";

export const ANN = "Uann";
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;

const ends: (() => unknown)[] = [];

/** For `afterEach`. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

/** A lost wake-up is no matter here, and an hour of looks each second is. */
const POLL_MS = 5 * MINUTE;

/** Not started yet. */
export function assembled(options: AssemblyOptions = {}): AssembledGateway {
  const whole = assembleGateway({ ...options, settings: { pollMs: POLL_MS, ...options.settings } });
  ends.push(whole.end);
  return whole;
}

export async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembled(options);
  await whole.start();
  return whole;
}

/** An agent that answers when the test says so. */
export async function withPatience(channel: Partial<LineOptions>, options: Omit<AssemblyOptions, "channel"> = {}) {
  const { asked, ask, answers } = patientBot();
  const whole = await started({ answer: ask, channel, ...options });
  const finish = async (turn: number, answer: unknown) => {
    answers[turn]?.resolve(answer);
    await whole.clock.settle();
  };
  return { whole, asked, answers, finish };
}

export const screen = (whole: AssembledGateway, peerId = ANN) => whole.simulator.seenBy(peerId).map(wordsOf);
export const routes = (whole: AssembledGateway) => whole.simulator.calls.map(({ path }) => path.split("/").at(-1));

/** What somebody reads, with buttons and quick replies in brackets. */
function wordsOf({ text, message }: Bubble): string {
  const { template, quickReply } = message as {
    template?: { text: string; actions: { label: string }[] };
    quickReply?: { items: { action: { label: string } }[] };
  };
  const button = template === undefined ? "" : `${template.text} [${template.actions[0]?.label}]`;
  const quick = (quickReply?.items ?? []).map(({ action }) => ` [${action.label}]`).join("");
  return `${text ?? ""}${button}${quick}`;
}

/** Taps the newest button on that person's screen. */
export async function tapNewest(whole: AssembledGateway, userId = ANN) {
  const buttons = whole.simulator.seenBy(ANN).flatMap(({ message }) => {
    const found = JSON.stringify(message).match(/"data":"([^"]+)"/);
    return found?.[1] === undefined ? [] : [found[1]];
  });
  const posted = await whole.simulator.person(userId).taps(buttons.at(-1) ?? "no button");
  await whole.clock.settle();
  return posted;
}
