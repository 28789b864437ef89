import type { InboundEvent } from "../../core/event.ts";
import type { IngestPolicy } from "../store.ts";

export interface Arrival {
  readonly event: InboundEvent;
  readonly policy: IngestPolicy;
}

/** A conversation's collecting turn, while the group is planned. */
export interface Collecting {
  readonly conversationId: string;
  readonly turnId: string;
  readonly firstEventAt: number;
  readonly policy: { readonly quietMs: number; readonly maxWaitMs: number; readonly maxEvents: number };
  /** False: it was opened by this group. */
  readonly isStored: boolean;
  eventCount: number;
  /** By its first event. */
  dueAt: number;
  ready: boolean;
}

export type Opened = Readonly<Collecting>;

export interface Taken {
  readonly arrival: Arrival;
  readonly eventId: string;
  readonly conversationId: string;
  readonly turn: Opened | null;
  /** As its sender's promise is told; whether the turn is complete with this event. */
  readonly turnReady: boolean;
}
