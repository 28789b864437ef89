import { useTexts } from "../../texts/texts.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import { rawOf } from "./raw.ts";
import type { Detail } from "./rows.ts";

/** The answer of the API as it came. */
export function RawView({ detail }: { readonly detail: Detail }) {
  const { t } = useTexts();
  return (
    <div className="panel min-w-0">
      <Scrolled name={t("turn.view.raw")} className="max-h-[70dvh] overflow-auto p-3 focus-visible:-outline-offset-2">
        <pre dir="ltr" className="font-mono text-xs whitespace-pre-wrap">
          {rawOf(detail)}
        </pre>
      </Scrolled>
    </div>
  );
}
