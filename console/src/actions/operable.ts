/** Which of what a transcript shows may be acted on: pure, so that it is tested without a browser. */
import type { Wire } from "../../../src/http/admin/wire.ts";

export type Entry = Wire["timeline"]["entries"][number];

export interface Candidate {
  readonly id: string;
  /** What can be done changes with it. */
  readonly version: string;
  /** Something that isn't in the transcript may change it, too: whether its account works. */
  readonly dependsOnAccount: boolean;
}

/** The gateway decides; here is only left out what it certainly wouldn't allow, so that it isn't asked for each of them. */
export function candidateOf(entry: Entry): Candidate | null {
  if (entry.kind === "turn") {
    const { turnId, state, failures, endedAt, discardedAt } = entry;
    const isFailing = (state === "ready" || state === "leased") && failures > 0;
    if (discardedAt !== null || (state !== "dead" && !isFailing)) return null;
    return { id: turnId, version: [state, failures, endedAt].join(" "), dependsOnAccount: false };
  }
  if (entry.kind !== "delivery") return null;
  const { deliveryId, state, stateSince, attempts, discardedAt, dueAt, bundledInto } = entry;
  if (discardedAt !== null || state === "sent" || state === "sending") return null;
  const version = [state, stateSince, attempts, dueAt, bundledInto].join(" ");
  return { id: deliveryId, version, dependsOnAccount: state === "pending" };
}
