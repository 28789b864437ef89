import type { ConversationRef } from "../core/conversation.ts";

/**
 * Erasure of a person's data (`turnpike forget`), in small steps that block no other work; `src/commands/forget/forget.ts`
 * runs them in order. Each transaction is of one conversation. Dedup keys stay, so that a late copy isn't stored again.
 */
export interface Erasure {
  /** Deletes a batch of turns of the person's conversation with their events and deliveries, in any state. */
  forgetTurns(batch: ForgetTurns): Promise<ForgottenTurns>;
  /**
   * Scans one batch of all events, then of all deliveries: deletes those of the conversation that have no turn, and blanks
   * the person's messages in groups.
   */
  forgetOutsideTurns(step: ForgetOutsideTurns): Promise<ForgottenOutsideTurns>;
  /** Deletes the ids under which the conversation is found. Resolves to how many there were. */
  forgetPeerIds(conversationId: string): Promise<number>;
  /**
   * Overwrites what deleted rows of anybody have left in the database's files. Comes last, and may be repeated. On SQLite it
   * takes as long as the file is large. Rejects with `Unavailable` when the disk has no room for it.
   */
  eraseDeleted(): Promise<ErasedBytes>;
}

export type ErasedBytes =
  /** Nothing deleted is in the files any more. */
  | "erased"
  /** As `erased`, but for the log, which another program reads: repeat it when that has ended. */
  | "log-in-use"
  /** The database's own vacuum does it in time (PostgreSQL: docs/deploying.md). */
  | "left-to-vacuum";

export interface ForgetTurns {
  /** By any of the person's ids. */
  readonly person: Pick<ConversationRef, "channel" | "account" | "peerId">;
  readonly limit: number;
}

export type ForgottenTurns =
  /** There is no conversation with them. */
  | { readonly kind: "nobody" }
  /** A platform call is in flight: nothing was deleted; retry in a moment. */
  | { readonly kind: "busy" }
  | {
      readonly kind: "deleted";
      readonly conversationId: string;
      /** Every id the person is known by, to find their messages in groups. */
      readonly peerIds: readonly string[];
      readonly turns: number;
      readonly events: number;
      readonly deliveries: number;
      /** There may be more turns. */
      readonly more: boolean;
    };

export interface ForgetOutsideTurns {
  readonly channel: string;
  readonly account: string;
  readonly conversationId: string;
  readonly peerIds: readonly string[];
  /** The `next` of the step before; `null`: at the beginning. */
  readonly from: ForgetPlace | null;
  readonly limit: number;
}

/** A place in the order of the ids. */
export interface ForgetPlace {
  readonly table: "event" | "delivery";
  readonly after: string;
}

export interface ForgottenOutsideTurns {
  readonly events: number;
  readonly deliveries: number;
  /** Events in group conversations whose content and sender were blanked. */
  readonly inGroups: number;
  /** `null`: this was the last step. */
  readonly next: ForgetPlace | null;
}
