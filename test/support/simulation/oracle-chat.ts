/** The verdict on one chat: what was said in it, what bots were handed, and what stands on its screen. */

import type { Figures } from "./figures.ts";
import type { Handed, Part } from "./handed.ts";
import type { Message, Messages } from "./hearing.ts";
import type { Decisions } from "./oracle-doubt.ts";
import type { DeliveryRow, TurnRow } from "./rows.ts";

/** One reply of a bot. A platform may say several in one message, and each platform has a form of its own. */
const REPLY = /re [\d,]+ in [^\s"]+ @\d+ \d+\/\d+/g;

/** The replies in what a platform was given or shows; what is none of them stays as it is. */
export function repliesIn(text: string): string[] {
  return text.match(REPLY) ?? [text];
}

/** All that is known of one chat. */
export interface Chat {
  readonly person: string;
  readonly messages: Messages;
  readonly retracted: ReadonlySet<number>;
  /** When the rows of messages were deleted behind the store's back. */
  readonly damaged: ReadonlyMap<number, readonly number[]>;
  readonly handed: readonly Handed[];
  readonly bubbles: readonly string[];
  readonly turns: ReadonlyMap<string, TurnRow>;
  /** The delivery that a text is in. */
  readonly mail: ReadonlyMap<string, DeliveryRow>;
  /** Copies that a person may have of what was sent again and says so. */
  readonly copiesMost: number;
  /** Deliveries that the platform accepted and then failed: nothing of the rest was to be seen, and it isn't ours. */
  readonly failed: ReadonlySet<string>;
  /** Deliveries that went out again because the platform said that they had failed. */
  readonly reopened: ReadonlySet<string>;
  /** What an operator decided, by turn or delivery. */
  readonly decided: Decisions;
  readonly isOrderKept: boolean;
}

export interface Verdict {
  readonly broken: readonly string[];
  readonly figures: Figures;
}

export function decide(chat: Chat): Verdict {
  const broken: string[] = [];
  const figures = {
    acked: 0,
    answered: 0,
    lost: 0,
    doubled: 0,
    sentAgain: 0,
    unknownSeen: 0,
    unknownUnseen: 0,
    excused: 0,
    beside: 0,
  };
  for (const [number, message] of chat.messages) {
    const ids = [...new Set(chat.handed.filter(({ numbers }) => numbers.includes(number)).map(({ turnId }) => turnId))];
    // What interrupts a turn takes its events along.
    const counted = ids.filter((turnId) => chat.turns.get(turnId)?.state !== "empty");
    if (counted.length > turnsAllowed(chat, number))
      broken.push(`G2: ${chat.person}'s "${number}" is in ${counted.length} turns`);
    if (message.ackedAt === null) continue;
    figures.acked += 1;
    const end = endOfMessage(chat, number, message, ids);
    if (end === "answered") figures.answered += 1;
    else if (end === "excused") figures.excused += 1;
    else if (end === "unknown") figures.unknownUnseen += 1;
    else {
      figures.lost += 1;
      broken.push(`G1/G4: ${chat.person}'s "${number}" was acked and its turn ${ids.join(" ")} is ${end}`);
    }
  }
  const screen = lookAtScreen(chat);
  figures.doubled = screen.doubled;
  figures.sentAgain = screen.sentAgain;
  figures.unknownSeen = screen.unknownSeen;
  broken.push(...screen.broken, ...turnsThatChanged(chat), ...messagesOutOfOrder(chat), ...bubblesOutOfOrder(chat));
  return { broken, figures };
}

/** What was deleted behind the store's back, or forgotten with its key, may be taken in again. */
function turnsAllowed({ damaged, messages }: Chat, number: number): number {
  return 1 + (damaged.get(number)?.length ?? 0) + (messages.get(number)?.mayBeForgotten === true ? 1 : 0);
}

/** The best end of the turns that it is in. */
function endOfMessage(chat: Chat, number: number, message: Message, ids: readonly string[]): string {
  const ends = ids.map((turnId) => endOf(chat, turnId));
  const best = ["answered", "excused", "unknown"].find((end) => ends.includes(end)) ?? ends[0];
  const lastDamage = chat.damaged.get(number)?.at(-1);
  if (best === undefined) {
    if (chat.retracted.has(number)) return "excused";
    // Nobody can give back what was deleted, unless the platform sends it again: then it is recovered.
    const isGone = lastDamage !== undefined && !message.ackedCopies.some((at) => at > lastDamage);
    return isGone ? "excused" : lastDamage === undefined ? "not handed out" : "not recovered (G3)";
  }
  // An event that was taken along by an interruption can be taken back until its new turn is claimed.
  const isGone = lastDamage !== undefined || chat.retracted.has(number);
  return best === "empty" && isGone ? "excused" : best;
}

interface Answer {
  /** What the person must get. */
  readonly sure: readonly string[];
  /** What the person may get: the bot was not told whether it counts. */
  readonly maybe: readonly string[];
}

/** What the bot said under the fence that won, if the turn was answered or partly answered. */
function answerOf({ turns, handed }: Chat, turnId: string): Answer | null {
  const turn = turns.get(turnId);
  const won = handed.find((one) => one.turnId === turnId && one.fence === turn?.fence);
  if (turn === undefined || won === undefined) return null;
  if (won.manner === "in parts") {
    const those = (isSure: boolean) =>
      won.parts.filter(({ status }) => status !== 409 && (status === 200) === isSure).flatMap(({ replies }) => replies);
    return { sure: those(true), maybe: those(false) };
  }
  return turn.state === "done" ? { sure: won.replies, maybe: [] } : null;
}

interface Screen {
  readonly broken: string[];
  readonly doubled: number;
  readonly sentAgain: number;
  readonly unknownSeen: number;
}

function lookAtScreen(chat: Chat): Screen {
  const broken: string[] = [];
  let doubled = 0;
  let sentAgain = 0;
  let unknownSeen = 0;
  const answers = [...chat.turns.keys()].flatMap((turnId) => answerOf(chat, turnId) ?? []);
  const sure = new Set(answers.flatMap((answer) => answer.sure));
  const maybe = new Set(answers.flatMap((answer) => answer.maybe));
  // A message whose key was forgotten comes with a token that was spent long ago, and LINE's word for that says nothing.
  const isSaidAnew = new Set(
    chat.handed
      .filter(({ numbers }) => numbers.some((number) => chat.messages.get(number)?.mayBeForgotten === true))
      .flatMap(({ replies }) => replies),
  );
  for (const text of new Set(chat.bubbles)) {
    const copies = chat.bubbles.filter((one) => one === text).length;
    const isRecorded = (chat.mail.get(text)?.resent_because ?? null) !== null;
    const resent = chat.decided.get(chat.mail.get(text)?.delivery_id ?? "")?.filter((one) => one === "resend") ?? [];
    if (copies > (isRecorded ? chat.copiesMost + resent.length : 1)) {
      doubled += 1;
      const end = isRecorded ? ", once more than is recorded" : "";
      broken.push(`G8: ${chat.person} has "${text}" ${copies} times${end}`);
    } else if (copies > 1) sentAgain += 1;
    if (!(sure.has(text) || maybe.has(text)))
      broken.push(`G7: ${chat.person} has "${text}", which is not the answer that counted`);
    if (chat.mail.get(text)?.state === "unknown") unknownSeen += 1;
  }
  // What the bot was not told of counts all the same once it is in a delivery.
  for (const text of [...sure, ...[...maybe].filter((one) => chat.mail.has(one))]) {
    if (isSaidAnew.has(text)) continue;
    const { state = "in no delivery", delivery_id: deliveryId = "" } = chat.mail.get(text) ?? {};
    if (chat.failed.has(deliveryId)) continue;
    if (!(chat.bubbles.includes(text) || state === "unknown"))
      broken.push(`G8: ${chat.person} has not "${text}", and its delivery is ${state}`);
  }
  return { broken, doubled, sentAgain, unknownSeen };
}

function endOf(chat: Chat, turnId: string): string {
  const turn = chat.turns.get(turnId);
  if (turn === undefined) return "missing";
  const handed = chat.handed.filter((one) => one.turnId === turnId);
  if (turn.state === "dead") {
    // It is listed with its reason; a part of its answer was sent, so it can't be asked for again.
    const wasSaid = ({ replies, status }: Part) => status === 200 || replies.some((text) => chat.mail.has(text));
    const isExcused = handed.some(({ manner, parts }) => manner === "refuses" || parts.some(wasSaid));
    return isExcused ? "excused" : `dead after ${turn.failures} failures`;
  }
  const answer = turn.state === "done" ? answerOf(chat, turnId) : null;
  if (answer === null) return turn.state;
  const said = [...answer.sure, ...answer.maybe];
  if (said.length === 0) return "excused";
  if (said.some((text) => chat.bubbles.includes(text))) return "answered";
  if (said.some((text) => chat.failed.has(chat.mail.get(text)?.delivery_id ?? ""))) return "excused";
  return said.map((text) => chat.mail.get(text)?.state).find((state) => state !== undefined) ?? "without a delivery";
}

/** Sealed means frozen. */
function turnsThatChanged({ handed, damaged }: Chat): string[] {
  const first = new Map<string, string>();
  return handed.flatMap(({ turnId, numbers }) => {
    const words = numbers.filter((number) => !damaged.has(number)).join(",");
    const before = first.get(turnId) ?? words;
    first.set(turnId, before);
    return before === words ? [] : [`§6.2: ${turnId} was handed out with ${before}, and then with ${words}`];
  });
}

/** A message that was acked before a later one reached anybody is handed out no later than that one. */
function messagesOutOfOrder(chat: Chat): string[] {
  const { person, messages, handed } = chat;
  const order = [...new Set(handed.flatMap(({ numbers }) => numbers))].filter(
    (number) => turnsAllowed(chat, number) === 1,
  );
  return order.flatMap((later, index) =>
    order
      .slice(index + 1)
      .filter((earlier) => earlier < later)
      .filter((earlier) => (messages.get(earlier)?.ackedAt ?? Infinity) < (messages.get(later)?.arrivedAt ?? 0))
      .map(
        (earlier) => `G6: ${person}'s "${later}" was handed out before "${earlier}", which was acked before it came`,
      ),
  );
}

/** Only what was unknown, parked or failed for a while may be overtaken. */
function bubblesOutOfOrder({ person, bubbles, turns, handed, mail, reopened, decided, isOrderKept }: Chat): string[] {
  if (!isOrderKept) return [];
  const order = [...turns.values()].flatMap(
    ({ turn_id, fence }) => handed.find((one) => one.turnId === turn_id && one.fence === fence)?.replies ?? [],
  );
  const mayBeOvertaken = (text: string) => {
    const delivery = mail.get(text);
    if (delivery === undefined) return false;
    const isDecided = (id: string | null) => (decided.get(id ?? "") ?? []).length > 0;
    if (isDecided(delivery.delivery_id) || isDecided(delivery.turn_id)) return true;
    return delivery.unknown_since !== null || delivery.parked_since !== null || reopened.has(delivery.delivery_id);
  };
  return bubbles.flatMap((text, index) =>
    bubbles
      .slice(index + 1)
      .filter((next) => order.indexOf(next) < order.indexOf(text) && !mayBeOvertaken(next))
      .map((next) => `G6: ${person} got "${text}" before "${next}"`),
  );
}
