import { CircleHelp, CirclePause, CircleX, Clock, type LucideIcon } from "lucide-react";
import { useTexts } from "../texts/texts.tsx";

type MarkedState = "collecting" | "ready" | "leased" | "pending" | "sending" | "unknown" | "parked" | "dead";

const MARKS: Readonly<Partial<Record<MarkedState, { readonly icon: LucideIcon; readonly className: string }>>> = {
  dead: { icon: CircleX, className: "text-bad" },
  unknown: { icon: CircleHelp, className: "text-warn" },
  parked: { icon: CirclePause, className: "text-soft" },
};
const OTHERS = { icon: Clock, className: "text-soft" };

/** A waiting state: a shape, a colour and its word. */
export function StateMark({ state }: { readonly state: MarkedState }) {
  const { t } = useTexts();
  const { icon: Icon, className } = MARKS[state] ?? OTHERS;
  return (
    <span className={`inline-flex items-center gap-1 font-medium ${className}`}>
      <Icon size={16} aria-hidden />
      {t(`state.${state}`)}
    </span>
  );
}
