/**
 * Decides from what everybody saw whether the promises were kept. It knows nothing of how the gateway works: it looks at
 * the webhooks that were acked, the turns that an agent got, the bubbles on each person's screen, and the final rows.
 */
import { tokensUsedTwice } from "../../../src/channels/line/fixtures/tokens.ts";
import type { World } from "./world.ts";

/** An answer names the messages of its turn: `<person>: 3,4`. */
export function answerTo(texts: string): string {
  return `re ${texts.split("\n").join(",")}`;
}

export interface Expectations {
  /** Paid messages are gone: an answer may wait for the person's next message. */
  readonly mayPark?: boolean;
  /** An agent may refuse: its turn is dead, and its messages stay unanswered. */
  readonly mayDie?: boolean;
  /** Whom nothing is wrong with: each of their messages is answered so long after its ack at most (ms), by the free route. */
  readonly soon?: { readonly people: readonly string[]; readonly withinMs: number };
}

/** What was broken of what everybody saw, in sentences; empty when every promise was kept. */
export function violations(world: World, people: readonly string[], expected: Expectations = {}): string[] {
  const broken = people.flatMap((person) => answersOf(world, person, expected));
  return [...broken, ...tokensUsedTwice(world.line)];
}

interface Heard {
  /** Texts whose webhook was answered 200, and when it first was. */
  readonly acked: ReadonlyMap<string, number>;
  readonly said: ReadonlySet<string>;
}

function heardFrom(world: World, person: string): Heard {
  const acked = new Map<string, number>();
  const said = new Set<string>();
  for (const { at, body, status } of world.line.webhooks) {
    const { events } = JSON.parse(body) as { events: { source?: { userId?: string }; message?: { text?: string } }[] };
    for (const { source, message } of events) {
      if (source?.userId !== person || message?.text === undefined) continue;
      said.add(message.text);
      // An event that was answered 503 may be stored all the same: then it is answered once, or not at all.
      if (status === 200 && !acked.has(message.text)) acked.set(message.text, at);
    }
  }
  return { acked, said };
}

function answersOf(world: World, person: string, expected: Expectations): string[] {
  const { acked, said } = heardFrom(world, person);
  const bubbles = world.line.seenBy(person).map(({ text }) => text ?? "");
  const answered = bubbles.flatMap((text) => (text.startsWith("re ") ? text.slice(3).split(",") : []));
  const broken: string[] = [];
  const incomplete = expected.mayPark === true || expected.mayDie === true;
  for (const text of acked.keys()) {
    if (!(answered.includes(text) || incomplete))
      broken.push(`G1/G4: ${person}'s "${text}" was acked and never answered`);
  }
  for (const text of new Set(answered)) {
    if (!said.has(text)) broken.push(`${person} was answered to "${text}", which nobody said`);
    const times = answered.filter((one) => one === text).length;
    if (times > 1) broken.push(`G2/G8: ${person}'s "${text}" was answered ${times} times`);
  }
  const { soon } = expected;
  if (soon?.people.includes(person)) broken.push(...late(world, person, acked, soon.withinMs));
  return [...broken, ...outOfOrder(person, answered, acked)];
}

/** What came later than it should, or cost a push: a token lives for longer than that. */
function late(world: World, person: string, acked: ReadonlyMap<string, number>, withinMs: number): string[] {
  return world.line.seenBy(person).flatMap(({ at, text, route }) => {
    const said = (text ?? "").slice(3).split(",");
    const waitedMs = at - Math.max(...said.map((one) => acked.get(one) ?? at));
    if (waitedMs > withinMs) return [`G12: ${person} was answered to "${said}" after ${waitedMs} ms`];
    return route === "push" ? [`G12: ${person} was answered to "${said}" by the paid route`] : [];
  });
}

/**
 * Two messages that were both acked are answered in the order in which they were said, unless the first was refused
 * when the second was already in: then LINE itself changed their order.
 */
function outOfOrder(person: string, answered: readonly string[], acked: ReadonlyMap<string, number>): string[] {
  return answered.flatMap((text, index) => {
    const later = answered.slice(index + 1).filter((other) => Number(other) < Number(text));
    const broken = later.filter((other) => (acked.get(other) ?? Infinity) < (acked.get(text) ?? -Infinity));
    return broken.map(
      (other) => `G6: ${person} was answered to "${text}" before "${other}", which was acked before it`,
    );
  });
}
