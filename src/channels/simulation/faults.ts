/** A fault that a test asked for. It happens to one call; nothing goes wrong unasked. */
export type Fault =
  /** The platform refuses or breaks before it has done anything. */
  | { readonly at: "before-accept"; readonly how: FaultAnswer; readonly message?: string }
  /** The platform does what was asked, and then the answer is lost or wrong. */
  | { readonly at: "after-accept"; readonly how: FaultAnswer; readonly message?: string }
  /** The platform does what was asked at once and answers late, by the clock. */
  | { readonly at: "slow"; readonly delayMs: number }
  /** The request waits, by the clock, and only then is looked at: the caller may be long gone. */
  | { readonly at: "stall"; readonly delayMs: number };

/** The connection is dropped, or this HTTP status is the answer. */
export type FaultAnswer = "disconnect" | number;

export class Faults<Route extends string> {
  readonly #apart: ReadonlySet<Route | null>;
  readonly #waiting: { readonly route: Route | "any"; readonly fault: Fault; left: number }[] = [];

  /** Calls on the routes `apart` meet only a fault that names their route: `any` is about messages. */
  constructor(apart: readonly Route[] = []) {
    this.#apart = new Set(apart);
  }

  /** The next `times` calls on that route (default 1) meet the fault. Faults are met in the order they were asked for. */
  next(route: Route | "any", fault: Fault & { readonly times?: number }): void {
    const { times = 1, ...kind } = fault;
    this.#waiting.push({ route, fault: kind, left: times });
  }

  /** The fault that a call on that route meets, if any; it is then used up. `null`: a call on no route of its own. */
  take(route: Route | null): Fault | null {
    const index = this.#waiting.findIndex(
      (waiting) => waiting.route === route || (waiting.route === "any" && !this.#apart.has(route)),
    );
    const met = this.#waiting[index];
    if (met === undefined) return null;
    met.left -= 1;
    if (met.left <= 0) this.#waiting.splice(index, 1);
    return met.fault;
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
