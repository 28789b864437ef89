/** An injected fault of one call. Without one nothing fails. */
export type Fault =
  /** The platform fails before it executes the call. */
  | { readonly at: "before-accept"; readonly how: FaultAnswer; readonly message?: string }
  /** The platform executes the call, and its answer is lost or wrong. */
  | { readonly at: "after-accept"; readonly how: FaultAnswer; readonly message?: string }
  /** The platform executes the call at once and answers late, by the clock. */
  | { readonly at: "slow"; readonly delayMs: number }
  /** The request waits before it is executed, by the clock: the caller may have disconnected. */
  | { readonly at: "stall"; readonly delayMs: number };

/** The connection is dropped, or this HTTP status is the answer. */
export type FaultAnswer = "disconnect" | number;

/** A fault that waits for calls. */
export type ArmedFault<Route extends string> = Fault & { readonly route: Route | "any"; readonly left: number };

export class Faults<Route extends string> {
  readonly #apart: ReadonlySet<Route | null>;
  readonly #waiting: { readonly route: Route | "any"; readonly fault: Fault; left: number }[] = [];
  #ofPeer: (peerId: string) => Fault | null = () => null;

  /** Routes in `apart` aren't included in `any`, which is about messages. */
  constructor(apart: readonly Route[] = []) {
    this.#apart = new Set(apart);
  }

  /** Injects the fault into the next `times` calls on that route (default 1), after the faults added before. */
  next(route: Route | "any", fault: Fault & { readonly times?: number }): void {
    const { times = 1, ...kind } = fault;
    this.#waiting.push({ route, fault: kind, left: times });
  }

  /** Sets what each call that brings that peer a message meets, until it is set again or cleared. */
  ofPeer(faultOf: (peerId: string) => Fault | null): void {
    this.#ofPeer = faultOf;
  }

  /**
   * Takes the fault of a call on that route, if any: its peer's, else the next one. `route` `null`: the call has none;
   * `peerId` `null`: it brings no one a message.
   */
  take(route: Route | null, peerId: string | null = null): Fault | null {
    const own = peerId === null || this.#apart.has(route) ? null : this.#ofPeer(peerId);
    if (own !== null) return own;
    const index = this.#waiting.findIndex(
      (waiting) => waiting.route === route || (waiting.route === "any" && !this.#apart.has(route)),
    );
    const met = this.#waiting[index];
    if (met === undefined) return null;
    met.left -= 1;
    if (met.left <= 0) this.#waiting.splice(index, 1);
    return met.fault;
  }

  /** Faults that no call has met yet, in the order in which they are met; `left`: for so many more calls. */
  armed(): readonly ArmedFault<Route>[] {
    return this.#waiting.map(({ route, fault, left }) => ({ route, ...fault, left }));
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#ofPeer = () => null;
  }
}
