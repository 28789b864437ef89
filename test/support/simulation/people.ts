/** People who number what they say, so that every answer shows what it answers. */
import type { LineEvent, LineSimulator } from "../../../src/channels/line/simulator.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Dice } from "./dice.ts";
import type { Act } from "./script.ts";

interface Said {
  readonly number: number;
  readonly eventId: string;
  /** `null` for a tap: it can't be taken back. */
  readonly messageId: string | null;
}

export function personId(person: number): string {
  return `U${String(person + 1).padStart(32, "0")}`;
}

export class People {
  /** What each took back, by person and number. */
  readonly withdrawn = new Map<string, Set<number>>();
  readonly #said = new Map<number, Said[]>();
  readonly #chosen = new Map<number, Said>();
  readonly #line: LineSimulator;
  readonly #clock: Clock;
  readonly #dice: Dice;

  constructor(parts: { line: LineSimulator; clock: Clock; dice: Dice }) {
    this.#line = parts.line;
    this.#clock = parts.clock;
    this.#dice = parts.dice;
  }

  get count(): number {
    return this.#said.size;
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
    const id = personId(person);
    const withdrawn = this.withdrawn.get(id) ?? new Set();
    this.withdrawn.set(id, withdrawn.add(said.number));
    void this.#line.person(id).unsends(said.messageId);
  }

  #event(person: number, how: "says" | "taps"): LineEvent {
    const said = this.#said.get(person) ?? [];
    this.#said.set(person, said);
    const number = said.length + 1;
    const source = { type: "user", userId: personId(person) } as const;
    const { events } = this.#line;
    const event = how === "says" ? events.text(source, String(number)) : events.postback(source, String(number));
    const { message } = event as { message?: { id: string } };
    said.push({ number, eventId: event.webhookEventId, messageId: message?.id ?? null });
    return event;
  }
}
