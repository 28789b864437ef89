import {
  Bot,
  CalendarClock,
  CircleCheck,
  CircleHelp,
  CircleX,
  Clock,
  Diamond,
  Hourglass,
  KeyRound,
  Layers,
  type LucideIcon,
  MessageSquare,
  PhoneOutgoing,
  SquareMousePointer,
  UserCheck,
} from "lucide-react";
import type { Row, RowKind, Tone } from "./rows.ts";

const KIND_ICONS = {
  event: MessageSquare,
  token: KeyRound,
  quiet: Layers,
  late: Clock,
  dead: CircleX,
  waits: Hourglass,
  earlier: Bot,
  agent: Bot,
  button: SquareMousePointer,
  delivery: Diamond,
  call: PhoneOutgoing,
  parked: Clock,
  unknown: CircleHelp,
  held: CircleHelp,
  backOff: CalendarClock,
  receipt: CircleCheck,
  action: UserCheck,
} as const satisfies Record<RowKind, LucideIcon>;

/** Of a call and a delivery the outcome is what somebody looks for. */
const OUTCOME_ICONS: Partial<Record<Tone, LucideIcon>> = {
  good: CircleCheck,
  warn: CircleHelp,
  bad: CircleX,
  spent: CircleX,
  waiting: Clock,
};

export const TEXT_COLOURS = {
  calm: "text-soft",
  agent: "text-in",
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
  spent: "text-soft",
  waiting: "text-wait",
  operator: "text-accent",
} as const satisfies Record<Tone, string>;

export function RowIcon({ row: { kind, tone } }: { readonly row: Row }) {
  const hasOutcome = kind === "call" || kind === "delivery" || kind === "receipt";
  const Icon = (hasOutcome ? OUTCOME_ICONS[tone] : undefined) ?? KIND_ICONS[kind];
  return <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${TEXT_COLOURS[tone]}`} />;
}
