import type { WhenBusy } from "../core/busy.ts";
import type { InboundEvent } from "../core/event.ts";

/** The turn that the agent works on, as both databases have it. */
export interface WorkingRow {
  turn_id: string;
  first_event_at: number;
  max_wait_ms: number;
}

/** An event, and what it does where the agent works on its conversation. */
export interface ArrivedWhileBusy {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly busy: WhenBusy;
}

/** The turn of an event that gets no answer. */
export interface Skipped {
  readonly turnId: string;
  readonly ready: false;
}

/** The turn that an event took away from the agent. */
export interface Interrupted {
  readonly turnId: string;
  readonly firstEventAt: number;
  readonly eventCount: number;
}
