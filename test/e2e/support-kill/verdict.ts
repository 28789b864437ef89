/** One message of one person. */
export interface Said {
  readonly person: string;
  /** Nobody says the same twice. */
  readonly message: string;
  /** The platform got a 200 for at least one copy. */
  readonly acked: boolean;
  /** For the first copy, before the person wrote on. */
  readonly ackedAtOnce: boolean;
}

export interface Verdict {
  readonly acked: number;
  readonly answered: number;
  /** Acked, and the person has no answer, or not all of it. */
  readonly lost: readonly string[];
  /** Somebody sees the same answer twice, or a message answered twice. */
  readonly doubled: readonly string[];
  /** Answered before an earlier one, or the parts of one answer out of order. */
  readonly disordered: readonly string[];
  /** On a screen, and nothing of what that person said. */
  readonly strange: readonly string[];
}

/** People to whom the agent answers at length have names that begin with it. */
export const LENGTHY = "t";
/** What one reply token carries on LINE. */
const MESSAGES_PER_TOKEN = 5;
/** The gateway takes 100 replies of a turn. */
const PARTS_MAX = 97;

/** Names the messages. A lengthy answer has more parts than the turn's own free tokens can carry. */
export function answerTo(messages: readonly string[]): readonly string[] {
  const named = messages.join(",");
  if (!named.startsWith(LENGTHY)) return [named];
  const parts = Math.min(PARTS_MAX, MESSAGES_PER_TOKEN * messages.length + 2);
  return Array.from({ length: parts }, (_, index) => `${named} (${index + 1}/${parts})`);
}

function numberOf(message: string): number {
  return Number(message.split("-").at(-1));
}

const BUBBLE = /^(?<messages>[^ ]+)(?: \((?<part>\d+)\/(?<parts>\d+)\))?$/;

interface Bubble {
  readonly messages: readonly string[];
  readonly part: number;
  readonly parts: number;
}

function readBubble(text: string): Bubble {
  const { messages = "", part = "1", parts = "1" } = BUBBLE.exec(text)?.groups ?? {};
  return { messages: messages.split(","), part: Number(part), parts: Number(parts) };
}

/** What each person sees against what each person said. */
export function verdictOf(said: readonly Said[], screens: ReadonlyMap<string, readonly string[]>): Verdict {
  const people = new Set([...said.map(({ person }) => person), ...screens.keys()]);
  const verdicts = [...people].map((person) =>
    verdictOfOne(
      said.filter((one) => one.person === person),
      screens.get(person) ?? [],
    ),
  );
  return {
    acked: verdicts.reduce((sum, one) => sum + one.acked, 0),
    answered: verdicts.reduce((sum, one) => sum + one.answered, 0),
    lost: verdicts.flatMap((one) => one.lost),
    doubled: verdicts.flatMap((one) => one.doubled),
    disordered: verdicts.flatMap((one) => one.disordered),
    strange: verdicts.flatMap((one) => one.strange),
  };
}

/**
 * What is lost and stands in no delivery that the gateway shows as unknown.
 * @param shown - the texts of those deliveries
 */
export function lostInSilence(lost: readonly string[], shown: readonly string[]): readonly string[] {
  const texts = new Set(shown);
  const answered = new Set(shown.flatMap((text) => readBubble(text).messages));
  return lost.filter((one) => !texts.has(one) && !answered.has(one));
}

function verdictOfOne(said: readonly Said[], screen: readonly string[]): Verdict {
  const bubbles = screen.map(readBubble);
  const places = new Map<string, number[]>(said.map(({ message }) => [message, []]));
  const strange: string[] = [];
  for (const [index, bubble] of bubbles.entries()) {
    for (const message of bubble.messages) {
      const found = places.get(message);
      if (found === undefined) strange.push(message);
      else if (bubble.part === 1) found.push(index);
    }
  }
  const count = (message: string) => places.get(message)?.length ?? 0;
  const acked = said.filter((one) => one.acked);
  return {
    acked: acked.length,
    answered: acked.filter(({ message }) => count(message) > 0).length,
    lost: [...acked.filter(({ message }) => count(message) === 0).map(({ message }) => message), ...missing(screen)],
    doubled: [
      ...said.filter(({ message }) => count(message) > 1).map(({ message }) => message),
      ...screen.filter((text, index) => screen.indexOf(text) !== index),
    ],
    disordered: [...disordered(said, places), ...disorderedParts(bubbles, screen)],
    strange,
  };
}

/** Parts of an answer that began and is not whole. */
function missing(screen: readonly string[]): string[] {
  const seen = new Set(screen);
  const owed = screen
    .filter((text) => readBubble(text).parts > 1)
    .flatMap((text) => answerTo(readBubble(text).messages));
  return [...new Set(owed)].filter((part) => !seen.has(part));
}

/** What was acked before the person wrote on must be answered no later than what came after it. */
function disordered(said: readonly Said[], places: ReadonlyMap<string, readonly number[]>): string[] {
  const found: string[] = [];
  let latest = { place: -1, message: "" };
  for (const { message, ackedAtOnce } of said) {
    const place = places.get(message)?.[0];
    if (place === undefined) continue;
    if (place < latest.place) found.push(`${message} is answered before ${latest.message}`);
    else if (ackedAtOnce) latest = { place, message };
  }
  return found;
}

function disorderedParts(bubbles: readonly Bubble[], screen: readonly string[]): string[] {
  return bubbles.flatMap(({ messages, part }, index) => {
    const numbers = messages.map(numberOf);
    const isSorted = numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
    const earlier = bubbles.slice(0, index).filter((bubble) => bubble.messages[0] === messages[0]);
    const isNext = earlier.every((bubble) => bubble.part < part);
    return isSorted && isNext ? [] : [`${screen[index]} is out of order`];
  });
}
