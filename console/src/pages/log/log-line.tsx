import { X } from "lucide-react";
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";
import { usePageKey } from "../../frame/page-keys.ts";
import { useTexts } from "../../texts/texts.tsx";
import { Said } from "../../view/said.tsx";
import { LevelMark } from "./level-mark.tsx";

/** One line with all of its fields. */
export function LogLine({ line, onClose }: { readonly line: FeedEntryWire; readonly onClose: () => void }) {
  const { t, dateTime } = useTexts();
  usePageKey("close", onClose);
  return (
    <section aria-label={t("log.line")} className="panel mt-3 max-h-60 shrink-0 overflow-auto p-3">
      <div className="mb-2 flex items-start justify-between gap-3">
        <p className="flex flex-wrap gap-x-3">
          <span className="text-soft">{dateTime(line.at)}</span>
          <LevelMark level={line.level} />
          <Said className="font-medium">{line.message}</Said>
        </p>
        <button type="button" className="control" aria-label={t("log.closeLine")} onClick={onClose}>
          <X size={16} aria-hidden />
        </button>
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 font-mono text-xs">
        {Object.entries(line.fields).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">
              <Said>{name}</Said>
            </dt>
            <dd>
              <Said>{String(value)}</Said>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
