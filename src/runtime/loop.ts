import { Fenced } from "../core/errors.ts";
import { type Clock, inTime } from "./clock.ts";
import { type Log, reasonOf } from "./log.ts";
import type { Wakeup } from "./wakeup.ts";

/** The result of one poll of the store. */
export interface PollResult {
  /** The poll reached its limit: poll again at once. */
  readonly more: boolean;
  /** Until the next work becomes due, in ms; `null`: none waits for a time. */
  readonly nextInMs: number | null;
  /** Part of the work failed (the database is unavailable): poll again after the delay of a failed poll. */
  readonly failed?: boolean;
}

/** Several polls as one: the soonest of what they wait for. */
export function merged(polls: readonly PollResult[]): PollResult {
  return {
    more: polls.some(({ more }) => more),
    nextInMs: soonest(polls.map(({ nextInMs }) => nextInMs)),
    failed: polls.some(({ failed }) => failed === true),
  };
}

/** The shortest of these waits; `null`: there is none. */
export function soonest(waits: readonly (number | null)[]): number | null {
  const known = waits.filter((ms) => ms !== null);
  return known.length === 0 ? null : Math.min(...known);
}

interface LoopOptions<Name extends string> {
  readonly name: Name;
  readonly poll: () => Promise<PollResult>;
  readonly wake: Wakeup<Name>;
  /** The longest time between two polls (ms): the fallback for lost wake-ups. */
  readonly pollMs: number;
}

/** Delay after a failed poll (the database is unavailable), in ms. */
const AFTER_FAILURE_MS = 500;

/** Runs loops and the tasks they start; the only place where a lost lease is caught. */
export class Runner {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onLeaseLost: () => void;
  readonly #loops = new Map<string, { readonly end: AbortController; readonly ended: Promise<void> }>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #active = new Map<string, number>();
  readonly #reserved = new Map<string, number>();

  constructor(parts: { clock: Clock; log: Log; onLeaseLost: () => void }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#onLeaseLost = parts.onLeaseLost;
  }

  loop<Name extends string>(options: LoopOptions<Name>): void {
    const end = new AbortController();
    this.#loops.set(options.name, { end, ended: this.#run(options, end.signal) });
  }

  async #run<Name extends string>({ name, poll, wake, pollMs }: LoopOptions<Name>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const found = await this.#guard({ loop: name }, poll);
      if (found?.more) continue;
      await wake.wait(name, delayAfter(found, pollMs), signal);
    }
  }

  /** Starts work that runs beside the loop; `idle` waits for it. `onEnd` is called when it is no longer counted as active. */
  task(kind: string, work: () => Promise<void>, onEnd: () => void = () => {}): void {
    const count = (change: 1 | -1) => this.#active.set(kind, (this.#active.get(kind) ?? 0) + change);
    count(1);
    const task = this.#guard({ task: kind }, work).then(() => {
      this.#tasks.delete(task);
      count(-1);
      onEnd();
    });
    this.#tasks.add(task);
  }

  /** Running tasks of that kind, and places reserved for more. */
  active(kind: string): number {
    return (this.#active.get(kind) ?? 0) + this.reserved(kind);
  }

  /** Places reserved for tasks of that kind. */
  reserved(kind: string): number {
    return this.#reserved.get(kind) ?? 0;
  }

  /** Reserves a place for a task that a transaction is about to begin. Returns how to release it, once. */
  reserve(kind: string): () => void {
    this.#reserved.set(kind, this.reserved(kind) + 1);
    return () => this.#reserved.set(kind, this.reserved(kind) - 1);
  }

  /** Whether the loop of that name was started, and not stopped. */
  isRunning(name: string): boolean {
    return this.#loops.get(name)?.end.signal.aborted === false;
  }

  async #guard<T>(
    where: { readonly loop: string } | { readonly task: string },
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Fenced) {
        this.#onLeaseLost();
        this.#log.warn({ ...where, subject: error.subject, fence: error.heldFence }, "lease lost: nothing was changed");
      } else {
        this.#log.error({ ...where, reason: reasonOf(error) }, "work failed: the next poll goes on from the database");
      }
      return undefined;
    }
  }

  /** Stops these loops, or all when none is named; resolves when they have ended. */
  async stopLoops(...names: readonly string[]): Promise<void> {
    const loops = (names.length === 0 ? [...this.#loops.keys()] : names).map((name) => this.#loops.get(name));
    for (const loop of loops) loop?.end.abort();
    await Promise.all(loops.map((loop) => loop?.ended));
  }

  /** Resolves when every task has ended, or `false` after `limitMs`. */
  async idle(limitMs: number): Promise<boolean> {
    const ended = await inTime(this.#clock, limitMs, async () => {
      while (this.#tasks.size > 0) await Promise.all(this.#tasks);
      return true;
    });
    return ended === true;
  }
}

function delayAfter(found: PollResult | undefined, pollMs: number): number {
  if (found === undefined) return AFTER_FAILURE_MS;
  const delayMs = Math.min(found.nextInMs ?? pollMs, pollMs);
  return found.failed === true ? Math.min(delayMs, AFTER_FAILURE_MS) : delayMs;
}

/** A lost lease as a value, for callers that report it. */
export async function unlessFenced<T>(work: () => Promise<T>): Promise<T | "fenced"> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fenced) return "fenced";
    throw error;
  }
}
