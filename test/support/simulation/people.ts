/** People who number what they say, so that every answer shows what it answers. */
import type { LineEvent, LineSimulator, LineSource } from "../../../src/channels/line/simulator.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Dice } from "./dice.ts";
import type { Act, ChatKind } from "./script.ts";

interface Said {
  readonly number: number;
  readonly eventId: string;
  /** `null` for a tap: it can't be taken back. */
  readonly messageId: string | null;
  readonly token: string;
  readonly source: LineSource;
}

/** What LINE calls the other side of that chat. */
function peerId(chat: number, kind: ChatKind): string {
  const letter = { user: "U", group: "C", room: "R" }[kind];
  return `${letter}${String(chat + 1).padStart(32, "0")}`;
}

/** Enough of them to speak at once, and a push costs one paid message for each who spoke. */
const MEMBERS = 3;

export class People {
  /** What was taken back, by chat and number. */
  readonly withdrawn = new Map<string, Set<number>>();
  /** Whose row was deleted behind the store's back, by chat and number, and when (epoch ms). */
  readonly damaged = new Map<string, Map<number, number[]>>();
  readonly #said = new Map<number, Said[]>();
  readonly #chosen = new Map<number, Said>();
  readonly #lost = new Map<number, Said>();
  readonly #line: LineSimulator;
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #chats: readonly ChatKind[];

  constructor(parts: { line: LineSimulator; clock: Clock; dice: Dice; chats: readonly ChatKind[] }) {
    this.#chats = parts.chats;
    this.#line = parts.line;
    this.#clock = parts.clock;
    this.#dice = parts.dice;
  }

  get count(): number {
    return this.#chats.length;
  }

  say({ do: how, person, count, lost, lateMs }: Act & { do: "says" | "taps" }): void {
    const events = Array.from({ length: count }, () => this.#event(person, how));
    const send = () => void this.#line.post(events, { lost });
    if (lateMs > 0) this.#clock.after(lateMs, send);
    else send();
  }

  /** Which of the last messages the next copy or unsend is about. */
  next(person: number): Said | null {
    const said = (this.#said.get(person) ?? []).slice(-5);
    const [first, ...others] = said;
    if (first === undefined) return null;
    const chosen = this.#dice.pick([first, ...others]);
    this.#chosen.set(person, chosen);
    return chosen;
  }

  copy(person: number, marked: boolean): void {
    const said = this.#chosen.get(person);
    if (said !== undefined) void this.#line.redeliver(said.eventId, { isRedelivery: marked });
  }

  unsend(person: number): void {
    const said = this.#chosen.get(person);
    if (said === undefined || said.messageId === null) return;
    const id = this.#peerId(person);
    const withdrawn = this.withdrawn.get(id) ?? new Set();
    this.withdrawn.set(id, withdrawn.add(said.number));
    void this.#line.post([this.#line.events.unsend(said.source, said.messageId)]);
  }

  /** Chooses the message whose row was lost last. */
  lost(person: number): Said | null {
    const said = this.#lost.get(person);
    if (said === undefined) return null;
    this.#chosen.set(person, said);
    return said;
  }

  /** The message that the last `next` was about. */
  chosen(person: number): Said | null {
    return this.#chosen.get(person) ?? null;
  }

  kindOf(person: number): ChatKind {
    return this.#chats[person] ?? "user";
  }

  /** The row of what was chosen is gone now. */
  noteDamage(person: number): void {
    const said = this.#chosen.get(person);
    if (said === undefined) return;
    this.#lost.set(person, said);
    const id = this.#peerId(person);
    const damaged = this.damaged.get(id) ?? new Map<number, number[]>();
    this.damaged.set(id, damaged.set(said.number, [...(damaged.get(said.number) ?? []), this.#clock.now()]));
  }

  #peerId(person: number): string {
    return peerId(person, this.kindOf(person));
  }

  #source(person: number): LineSource {
    const id = this.#peerId(person);
    const kind = this.kindOf(person);
    if (kind === "user") return { type: "user", userId: id };
    const userId = `U${String(person + 1)}${String(this.#dice.between(1, MEMBERS)).padStart(31, "0")}`;
    return kind === "group" ? { type: "group", groupId: id, userId } : { type: "room", roomId: id, userId };
  }

  #event(person: number, how: "says" | "taps"): LineEvent {
    const said = this.#said.get(person) ?? [];
    this.#said.set(person, said);
    const number = said.length + 1;
    const source = this.#source(person);
    const { events } = this.#line;
    const event = how === "says" ? events.text(source, String(number)) : events.postback(source, String(number));
    const { message } = event as { message?: { id: string } };
    const messageId = message?.id ?? null;
    said.push({ number, eventId: event.webhookEventId, messageId, token: event.replyToken ?? "", source });
    return event;
  }
}
