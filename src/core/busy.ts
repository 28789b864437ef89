import type { InboundEvent } from "./event.ts";

/** What becomes of a message that arrives while the agent works on the conversation. */
export interface BusyPolicy {
  /**
   * - `queue`: it goes to the next turn.
   * - `interrupt`: the agent's turn is taken away and its events are in the next turn too. Not once a part of the answer
   *   or a button was queued, and not later than the turn's `maxWaitMs` after its first event, so that a person who
   *   never stops typing is answered too.
   */
  readonly mode: "queue" | "interrupt";
  /**
   * UI-only postbacks (`action=other`). They get no answer while the conversation is busy: it would come after the
   * screen that they belong to is gone.
   */
  readonly skip: readonly string[];
}

export type WhenBusy = BusyPolicy["mode"] | "skip";

/** A rule matches the postback's whole data, or one of its parts between `&`; case-sensitive. */
export function whenBusy(event: Pick<InboundEvent, "content">, { mode, skip }: BusyPolicy): WhenBusy {
  const data = event.content.postback?.data;
  if (data === undefined || skip.length === 0) return mode;
  const candidates = [data, ...data.split("&")];
  return skip.some((rule) => candidates.includes(rule)) ? "skip" : mode;
}
