import type { InboundEvent } from "./event.ts";

/** What becomes of a message that arrives while the agent works on the conversation. */
export interface BusyPolicy {
  /**
   * - `queue`: it goes to the next turn.
   * - `interrupt`: the agent's turn is taken away and its events are in the next turn too. Not once a part of the answer
   *   or a button was queued, and not later than the turn's `maxWaitMs` after its first event, so that somebody who
   *   never stops typing is answered too.
   */
  readonly mode: "queue" | "interrupt";
  /**
   * Postbacks that only serve the screen (`action=other`). They get no answer while the conversation is busy: they would
   * come as an answer to a question that nobody asked any more.
   */
  readonly skip: readonly string[];
}

export type WhenBusy = BusyPolicy["mode"] | "skip";

/** A rule names the postback's data as a whole, or one of its parts between `&`; letters count as they are. */
export function whenBusy(event: Pick<InboundEvent, "content">, { mode, skip }: BusyPolicy): WhenBusy {
  const data = event.content.postback?.data;
  if (data === undefined || skip.length === 0) return mode;
  const said = [data, ...data.split("&")];
  return skip.some((rule) => said.includes(rule)) ? "skip" : mode;
}
