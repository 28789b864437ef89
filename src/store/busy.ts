import type { WhenBusy } from "../core/busy.ts";
import type { InboundEvent } from "../core/event.ts";

/** Row of the turn that the agent works on. */
export interface WorkingRow {
  turn_id: string;
  first_event_at: number;
  max_wait_ms: number;
}

/** An event, and what it does while the agent works on its conversation. */
export interface ArrivedWhileBusy {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly busy: WhenBusy;
}

/** The turn of a skipped event: it gets no answer. */
export interface Skipped {
  readonly turnId: string;
  readonly ready: false;
}

/** The turn that an event interrupted. */
export interface Interrupted {
  readonly turnId: string;
  readonly firstEventAt: number;
  readonly eventCount: number;
}
