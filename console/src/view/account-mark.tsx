import { CircleCheck, CircleDashed, type LucideIcon, OctagonX } from "lucide-react";
import type { AccountStatus } from "../../../src/core/account.ts";
import { useTexts } from "../texts/texts.tsx";

const MARKS = {
  working: { icon: CircleCheck, className: "text-good" },
  stopped: { icon: OctagonX, className: "font-semibold text-bad" },
  resuming: { icon: CircleDashed, className: "text-warn" },
} as const satisfies Record<AccountStatus, { readonly icon: LucideIcon; readonly className: string }>;

/** Whether an account works: a shape, a colour and its word, the same wherever it stands. */
export function AccountMark({ status }: { readonly status: AccountStatus }) {
  const { t } = useTexts();
  const { icon: Icon, className } = MARKS[status];
  return (
    <span className={`inline-flex items-center gap-1 ${className}`}>
      <Icon size={16} aria-hidden />
      {t(`account.${status}`)}
    </span>
  );
}
