import type { Duplicates, EventDuplicates } from "../../runtime/duplicates.ts";
import type { TranscriptEntry, TranscriptEvent } from "../../store/operator-transcript.ts";

type WithDuplicates = Exclude<TranscriptEntry, TranscriptEvent> | (TranscriptEvent & { readonly copies: Duplicates });

/** A transcript as the API shows it: each event with its duplicates, as far as this process knows them. */
export function withDuplicates(
  entries: readonly TranscriptEntry[],
  eventDuplicates: EventDuplicates,
): readonly WithDuplicates[] {
  return entries.map((entry) =>
    entry.kind === "event" ? { ...entry, copies: eventDuplicates.of(entry.eventId) } : entry,
  );
}
