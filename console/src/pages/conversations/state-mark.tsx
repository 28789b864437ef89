import type { DeliveryState } from "../../../../src/core/delivery.ts";
import type { TurnState } from "../../../../src/core/turn.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";

export type State = TurnState | DeliveryState;

export const STATE_TEXTS = {
  collecting: "state.collecting",
  ready: "state.ready",
  leased: "state.leased",
  done: "conversations.state.done",
  empty: "conversations.state.empty",
  skipped: "conversations.state.skipped",
  pending: "state.pending",
  sending: "state.sending",
  sent: "conversations.state.sent",
  unknown: "state.unknown",
  parked: "state.parked",
  dead: "state.dead",
} as const satisfies Record<State, TextKey>;

const LOOKS: Partial<Record<State, string>> = {
  done: "text-good",
  sent: "text-good",
  unknown: "text-warn bg-warn-soft",
  parked: "text-warn bg-warn-soft",
  dead: "text-bad bg-bad-soft",
};

export function StateMark({ state }: { readonly state: State }) {
  const { t } = useTexts();
  return (
    <span className={`shrink-0 rounded border border-line px-1.5 text-xs ${LOOKS[state] ?? "text-soft"}`}>
      {t(STATE_TEXTS[state])}
    </span>
  );
}
