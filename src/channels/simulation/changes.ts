/** Something that happened on a simulated platform; `record` as the views show it. */
export interface Change {
  /**
   * `bubble`: a message of the bot appeared on a screen. `webhook`: a copy left, or got its result. `call`: the API answered.
   * `fault`: a call met one. `screen`: that of `peerId` is another than before.
   */
  readonly kind: "bubble" | "webhook" | "call" | "fault" | "screen";
  readonly record: object;
}

type Listener = (change: Change) => void;

/** Says what happens on a simulated platform, as it happens. */
export class Changes {
  readonly #listeners = new Set<Listener>();

  /** Calling the result ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  emit(kind: Change["kind"], record: object): void {
    for (const listener of this.#listeners) listener({ kind, record });
  }
}
