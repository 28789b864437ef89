/**
 * The verdict on one run. It knows nothing of how the gateway works: it looks at the copies that were acked, the turns
 * that bots were handed, the bubbles on each screen, and at the final rows for what they admit not to know.
 */
import type { LineSimulator } from "../../../src/channels/line/simulator.ts";
import { rowsOf, tokensUsedTwice } from "../faults/checker.ts";
import type { Handed } from "./agents.ts";
import type { DeliveryRow, Rows, TurnRow } from "./rows.ts";

/** One copy of a webhook, as the network saw it. */
export interface Copy {
  readonly at: number;
  readonly body: string;
  status: number | null;
  endedAt: number | null;
}

export interface Figures {
  readonly acked: number;
  readonly answered: number;
  readonly lost: number;
  readonly doubled: number;
  /** Bubbles of unknown fate that the person has, and that the person has not. Both are listed. */
  readonly unknownSeen: number;
  readonly unknownUnseen: number;
  /** Messages whose bot refused, was mute, or that were taken back: nobody waits for an answer. */
  readonly excused: number;
}

export interface Evidence {
  readonly file: string;
  readonly rows: Rows;
  readonly line: LineSimulator;
  readonly copies: readonly Copy[];
  readonly bots: { readonly handed: readonly Handed[] };
  readonly people: { readonly withdrawn: ReadonlyMap<string, ReadonlySet<number>> };
}

export function judge(evidence: Evidence): { broken: string[]; figures: Figures } {
  const turns = new Map(evidence.rows.turns().map((turn) => [turn.turn_id, turn]));
  const deliveries = evidence.rows.deliveries();
  const mail = new Map(deliveries.flatMap((delivery) => textsOf(delivery).map((text) => [text, delivery] as const)));
  const verdicts = [...hear(evidence.copies)].map(([person, messages]) => {
    const handed = evidence.bots.handed.filter((one) => one.person === person);
    const ids = new Set(handed.map(({ turnId }) => turnId));
    return decide({
      person,
      messages,
      withdrawn: evidence.people.withdrawn.get(person) ?? new Set(),
      handed,
      bubbles: evidence.line.seenBy(person).map(({ text }) => text ?? ""),
      turns: new Map([...turns].filter(([turnId]) => ids.has(turnId))),
      mail,
    });
  });
  const sum = (field: keyof Figures) => verdicts.reduce((total, { figures }) => total + figures[field], 0);
  return {
    broken: [
      ...verdicts.flatMap(({ broken }) => broken),
      ...fencesGivenTwice(evidence.bots.handed),
      ...tokensUsedTwice(evidence),
      ...rowsOf(evidence),
      ...deliveries.filter(({ state }) => state === "parked" || state === "dead").map(stuck),
    ],
    figures: {
      acked: sum("acked"),
      answered: sum("answered"),
      lost: sum("lost"),
      doubled: sum("doubled"),
      unknownSeen: sum("unknownSeen"),
      unknownUnseen: sum("unknownUnseen"),
      excused: sum("excused"),
    },
  };
}

function stuck({ state, delivery_id, reason }: DeliveryRow): string {
  return `G11: ${delivery_id} is ${state} although everybody wrote again with paid messages left: ${reason}`;
}

interface Message {
  /** When its first copy reached anybody, and when one was first answered 200. */
  readonly arrivedAt: number;
  ackedAt: number | null;
}

type Messages = Map<number, Message>;

function hear(copies: readonly Copy[]): Map<string, Messages> {
  const heard = new Map<string, Messages>();
  for (const { at, body, status, endedAt } of copies) {
    const { events } = JSON.parse(body) as {
      events: { source?: { userId?: string }; message?: { text?: string }; postback?: { data?: string } }[];
    };
    for (const { source, message, postback } of events) {
      const said = message?.text ?? postback?.data;
      if (said === undefined || source?.userId === undefined) continue;
      const messages = heard.get(source.userId) ?? new Map();
      heard.set(source.userId, messages);
      const one = messages.get(Number(said)) ?? { arrivedAt: at, ackedAt: null };
      messages.set(Number(said), one);
      if (status === 200 && one.ackedAt === null) one.ackedAt = endedAt;
    }
  }
  return heard;
}

function textsOf({ messages }: DeliveryRow): string[] {
  return (JSON.parse(messages) as { text?: string }[]).map(({ text }) => text ?? "");
}

/** All that is known of one person's chat. */
interface Chat {
  readonly person: string;
  readonly messages: Messages;
  readonly withdrawn: ReadonlySet<number>;
  readonly handed: readonly Handed[];
  readonly bubbles: readonly string[];
  readonly turns: ReadonlyMap<string, TurnRow>;
  /** The delivery that a text is in. */
  readonly mail: ReadonlyMap<string, DeliveryRow>;
}

interface Verdict {
  readonly broken: readonly string[];
  readonly figures: Figures;
}

function decide(chat: Chat): Verdict {
  const broken: string[] = [];
  const figures = { acked: 0, answered: 0, lost: 0, doubled: 0, unknownSeen: 0, unknownUnseen: 0, excused: 0 };
  for (const [number, { ackedAt }] of chat.messages) {
    const ids = [...new Set(chat.handed.filter(({ numbers }) => numbers.includes(number)).map(({ turnId }) => turnId))];
    if (ids.length > 1) broken.push(`G2: ${chat.person}'s "${number}" is in ${ids.length} turns`);
    if (ackedAt === null) continue;
    figures.acked += 1;
    const [turnId] = ids;
    const end = turnId === undefined ? "not handed out" : endOf(chat, turnId);
    if (end === "answered") figures.answered += 1;
    else if (end === "excused" || (turnId === undefined && chat.withdrawn.has(number))) figures.excused += 1;
    else if (end === "unknown") figures.unknownUnseen += 1;
    else {
      figures.lost += 1;
      broken.push(`G1/G4: ${chat.person}'s "${number}" was acked and its turn ${turnId ?? ""} is ${end}`);
    }
  }
  const expected = new Set([...chat.turns.keys()].flatMap((turnId) => answerOf(chat, turnId)?.replies ?? []));
  for (const text of new Set(chat.bubbles)) {
    const copies = chat.bubbles.filter((one) => one === text).length;
    if (copies > 1) figures.doubled += 1;
    if (copies > 1) broken.push(`G8: ${chat.person} has "${text}" ${copies} times`);
    if (!expected.has(text)) broken.push(`G7: ${chat.person} has "${text}", which is not the answer that counted`);
    if (chat.mail.get(text)?.state === "unknown") figures.unknownSeen += 1;
  }
  for (const text of expected) {
    const state = chat.mail.get(text)?.state ?? "in no delivery";
    if (!(chat.bubbles.includes(text) || state === "unknown"))
      broken.push(`G8: ${chat.person} has not "${text}", and its delivery is ${state}`);
  }
  broken.push(...turnsThatChanged(chat), ...messagesOutOfOrder(chat), ...bubblesOutOfOrder(chat));
  return { broken, figures };
}

/** What the bot said under the fence that won, if the turn was answered. */
function answerOf({ turns, handed }: Chat, turnId: string): Handed | null {
  const turn = turns.get(turnId);
  if (turn?.state !== "done") return null;
  return handed.find((one) => one.turnId === turnId && one.fence === turn.fence) ?? null;
}

function endOf(chat: Chat, turnId: string): string {
  const turn = chat.turns.get(turnId);
  if (turn === undefined) return "missing";
  if (turn.state === "dead") {
    const refused = chat.handed.some((one) => one.turnId === turnId && one.manner === "refuses");
    return refused ? "excused" : `dead after ${turn.failures} failures`;
  }
  const answer = answerOf(chat, turnId);
  if (answer === null) return turn.state;
  const [first] = answer.replies;
  if (first === undefined) return "excused";
  return chat.bubbles.includes(first) ? "answered" : (chat.mail.get(first)?.state ?? "without a delivery");
}

/** Sealed means frozen. */
function turnsThatChanged({ handed }: Chat): string[] {
  const first = new Map<string, string>();
  return handed.flatMap(({ turnId, numbers }) => {
    const words = numbers.join(",");
    const before = first.get(turnId) ?? words;
    first.set(turnId, before);
    return before === words ? [] : [`§6.2: ${turnId} was handed out with ${before}, and then with ${words}`];
  });
}

/** A message that was acked before a later one reached anybody is handed out no later than that one. */
function messagesOutOfOrder({ person, messages, handed }: Chat): string[] {
  const order = [...new Set(handed.flatMap(({ numbers }) => numbers))];
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

/** Only what was unknown or parked for a while may be overtaken. */
function bubblesOutOfOrder({ person, bubbles, turns, handed, mail }: Chat): string[] {
  const order = [...turns.values()].flatMap(
    ({ turn_id, fence }) => handed.find((one) => one.turnId === turn_id && one.fence === fence)?.replies ?? [],
  );
  const mayBeOvertaken = (text: string) => {
    const delivery = mail.get(text);
    return delivery !== undefined && (delivery.unknown_since !== null || delivery.parked_since !== null);
  };
  return bubbles.flatMap((text, index) =>
    bubbles
      .slice(index + 1)
      .filter((next) => order.indexOf(next) < order.indexOf(text) && !mayBeOvertaken(next))
      .map((next) => `G6: ${person} got "${text}" before "${next}"`),
  );
}

/** A frozen process may ask late, with the fence it had; but no two are given the same. */
function fencesGivenTwice(handed: readonly Handed[]): string[] {
  const given = new Set<string>();
  return handed.flatMap(({ person, fence, turnId }) => {
    const name = `${person} ${fence}`;
    const isNew = !given.has(name);
    given.add(name);
    return isNew ? [] : [`G6: ${turnId} of ${person} was handed out with fence ${fence}, which was given before`];
  });
}
