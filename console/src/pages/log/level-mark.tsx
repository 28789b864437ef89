import { CircleX, Info, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";

const MARKS = {
  info: { icon: Info, className: "text-soft", text: "log.mark.info" },
  warn: { icon: TriangleAlert, className: "text-warn", text: "log.mark.warn" },
  error: { icon: CircleX, className: "text-bad", text: "log.mark.error" },
  fatal: { icon: OctagonX, className: "text-bad", text: "log.mark.fatal" },
} as const satisfies Record<FeedEntryWire["level"], { icon: LucideIcon; className: string; text: TextKey }>;

export function LevelMark({ level }: Pick<FeedEntryWire, "level">) {
  const { t } = useTexts();
  const { icon: Icon, className, text } = MARKS[level];
  return (
    <span className={`flex shrink-0 items-center gap-1 sm:w-16 ${className}`}>
      <Icon size={14} aria-hidden />
      <span className="max-sm:sr-only">{t(text)}</span>
    </span>
  );
}
