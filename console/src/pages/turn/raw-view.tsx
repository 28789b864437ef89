import { useTexts } from "../../texts/texts.tsx";
import { RawText } from "../../view/clipped.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import type { Detail } from "./rows.ts";

/** The answer of the API as it came. */
export function RawView({ detail }: { readonly detail: Detail }) {
  const { t } = useTexts();
  return (
    <div className="panel min-w-0">
      <Scrolled name={t("turn.view.raw")} className="max-h-[70dvh] overflow-auto p-3 focus-visible:-outline-offset-2">
        <RawText text={JSON.stringify(detail, null, 2)} />
      </Scrolled>
    </div>
  );
}
