import { CircleAlert, CircleCheck, CircleHelp } from "lucide-react";
import { useTexts } from "../../texts/texts.tsx";
import { Said } from "../../view/said.tsx";
import type { Summary } from "./summary.ts";
import { written } from "./written.tsx";

const LOOKS = {
  good: { Icon: CircleCheck, colour: "text-good" },
  warn: { Icon: CircleHelp, colour: "text-warn" },
  bad: { Icon: CircleAlert, colour: "text-bad" },
} as const;

/** What came of it, why by this route, and where the time went. */
export function SummaryLine({ summary }: { readonly summary: Summary }) {
  const texts = useTexts();
  const { Icon, colour } = LOOKS[summary.tone];
  return (
    <section aria-label={texts.t("turn.summary")} className="panel mb-3 p-3">
      <p className="flex items-start gap-2 font-medium">
        <Icon size={18} aria-hidden className={`mt-0.5 shrink-0 ${colour}`} />
        <span>{written(summary.outcome, texts)}</span>
      </p>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1">
        {summary.said !== null && (
          <div>
            <dt className="text-xs text-soft">{texts.t("turn.fact.reason")}</dt>
            <dd>
              <Said>{summary.said}</Said>
            </dd>
          </div>
        )}
        {summary.routeReason !== null && (
          <div>
            <dt className="text-xs text-soft">{texts.t("turn.fact.routeReason")}</dt>
            <dd>{texts.t(summary.routeReason)}</dd>
          </div>
        )}
        {summary.longest !== null && (
          <div>
            <dt className="text-xs text-soft">{texts.t("turn.longestPart")}</dt>
            <dd>{written(summary.longest, texts)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
