import type { Copies, EventCopies } from "../../runtime/event-copies.ts";
import type { TranscriptEntry, TranscriptEvent } from "../../store/operator-transcript.ts";

type WithCopies = Exclude<TranscriptEntry, TranscriptEvent> | (TranscriptEvent & { readonly copies: Copies });

/** A transcript as the API shows it: each event with its copies, as far as this process knows them. */
export function withCopies(entries: readonly TranscriptEntry[], eventCopies: EventCopies): readonly WithCopies[] {
  return entries.map((entry) => (entry.kind === "event" ? { ...entry, copies: eventCopies.of(entry.eventId) } : entry));
}
