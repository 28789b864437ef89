/** People who number what they say, so that every answer shows what it answers. */

import type { ChatKind, SeedPlatform, Sent } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import type { Act } from "./script.ts";
import type { Prng } from "./seeded-prng.ts";

type Said = Sent & { readonly number: number };

export class People {
  /** What was taken back, by chat and number. */
  readonly retracted = new Map<string, Set<number>>();
  /** Whose row was deleted behind the store's back, by chat and number, and when (epoch ms). */
  readonly damaged = new Map<string, Map<number, number[]>>();
  readonly count: number;
  readonly #said = new Map<number, Said[]>();
  readonly #chosen = new Map<number, Said>();
  readonly #lost = new Map<number, Said>();
  readonly #platform: SeedPlatform;
  readonly #clock: Clock;
  readonly #prng: Prng;

  constructor(parts: { platform: SeedPlatform; clock: Clock; prng: Prng; count: number }) {
    this.#platform = parts.platform;
    this.#clock = parts.clock;
    this.#prng = parts.prng;
    this.count = parts.count;
  }

  say({ do: how, person, count, lost, lateMs }: Act & { do: "says" | "taps" }): void {
    const said = this.#said.get(person) ?? [];
    this.#said.set(person, said);
    const numbers = Array.from({ length: count }, (_, index) => said.length + index + 1);
    const sent = this.#platform.speak(person, { how, numbers, lost, lateMs });
    said.push(...sent.map((one, index) => ({ ...one, number: numbers[index] ?? 0 })));
  }

  /** Which of the last messages the next copy or unsend is about. */
  next(person: number): Said | null {
    const said = (this.#said.get(person) ?? []).slice(-5);
    const [first, ...others] = said;
    if (first === undefined) return null;
    const chosen = this.#prng.pick([first, ...others]);
    this.#chosen.set(person, chosen);
    return chosen;
  }

  copy(person: number, marked: boolean): void {
    this.#chosen.get(person)?.copy(marked);
  }

  unsend(person: number): void {
    const said = this.#chosen.get(person);
    if (said === undefined || said.unsend === null) return;
    const chat = this.#platform.chatName(person);
    const retracted = this.retracted.get(chat) ?? new Set();
    this.retracted.set(chat, retracted.add(said.number));
    said.unsend();
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
    return this.#platform.kindOf(person);
  }

  /** The row of what was chosen is gone now. */
  recordDamage(person: number): void {
    const said = this.#chosen.get(person);
    if (said === undefined) return;
    this.#lost.set(person, said);
    const chat = this.#platform.chatName(person);
    const damaged = this.damaged.get(chat) ?? new Map<number, number[]>();
    this.damaged.set(chat, damaged.set(said.number, [...(damaged.get(said.number) ?? []), this.#clock.now()]));
  }
}
