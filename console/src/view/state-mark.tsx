import { CircleCheck, CircleHelp, CirclePause, CircleX, Clock, type LucideIcon } from "lucide-react";
import type { DeliveryState } from "../../../src/core/delivery.ts";
import type { TurnState } from "../../../src/core/turn.ts";
import { useTexts } from "../texts/texts.tsx";

type MarkedState = TurnState | DeliveryState;

interface Mark {
  readonly icon: LucideIcon;
  readonly className: string;
}

const GOOD: Mark = { icon: CircleCheck, className: "text-good" };
const OTHERS: Mark = { icon: Clock, className: "text-soft" };

const MARKS: Readonly<Partial<Record<MarkedState, Mark>>> = {
  done: GOOD,
  sent: GOOD,
  dead: { icon: CircleX, className: "text-bad" },
  unknown: { icon: CircleHelp, className: "text-warn" },
  parked: { icon: CirclePause, className: "text-soft" },
};

/** A state of a turn or a delivery: a shape, a colour and its word. */
export function StateMark({ state }: { readonly state: MarkedState }) {
  const { t } = useTexts();
  const { icon: Icon, className } = MARKS[state] ?? OTHERS;
  return (
    <span className={`inline-flex shrink-0 items-center gap-1 font-medium ${className}`}>
      <Icon size={16} aria-hidden />
      {t(`state.${state}`)}
    </span>
  );
}
