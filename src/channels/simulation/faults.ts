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

/** The connection is cut, or this HTTP status is the answer. */
export type FaultAnswer = "cut" | number;

export class Faults<Road extends string> {
  readonly #apart: ReadonlySet<Road | null>;
  readonly #waiting: { readonly road: Road | "any"; readonly fault: Fault; left: number }[] = [];

  /** Calls on the roads `apart` meet only a fault that names their road: `any` is about messages. */
  constructor(apart: readonly Road[] = []) {
    this.#apart = new Set(apart);
  }

  /** The next `times` calls on that road (default 1) meet the fault. Faults are met in the order they were asked for. */
  next(road: Road | "any", fault: Fault & { readonly times?: number }): void {
    const { times = 1, ...kind } = fault;
    this.#waiting.push({ road, fault: kind, left: times });
  }

  /** The fault that a call on that road meets, if any; it is then used up. `null`: a call on no road of its own. */
  take(road: Road | null): Fault | null {
    const index = this.#waiting.findIndex(
      (waiting) => waiting.road === road || (waiting.road === "any" && !this.#apart.has(road)),
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
