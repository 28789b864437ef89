import { type RefObject, useRef, useState } from "react";
import { Layer } from "../../frame/layer.tsx";
import { useTexts } from "../../texts/texts.tsx";
import { focusMain } from "../../view/focus-main.ts";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import { SecondsLeft } from "../seconds-left.tsx";
import { type Bulk, count, type Run, reportOf } from "./bulk.ts";
import { BulkQuestion } from "./bulk-dialog.tsx";
import { EachOutcome, Outcomes } from "./bulk-result.tsx";
import { onBulk, useBulk } from "./bulk-store.ts";

type Started = Exclude<Bulk, { kind: "none" | "asked" }>;

/** The question before a run, and then the run, on whatever page it is. */
export function BulkLayers() {
  const { t } = useTexts();
  const bulk = useBulk();
  const notice = useRef<HTMLElement>(null);
  const title = bulk.kind === "asked" ? t(`bulk.title.${bulk.frozen.action}`) : t("bulk.run");
  return (
    <>
      <Layer
        title={title}
        isOpen={bulk.kind === "asked"}
        isWide
        focusAfter={notice}
        onClose={() => onBulk({ kind: "cancel" })}
      >
        {bulk.kind === "asked" && <BulkQuestion frozen={bulk.frozen} withForce={bulk.withForce} />}
      </Layer>
      {bulk.kind !== "none" && bulk.kind !== "asked" && <Notice bulk={bulk} place={notice} />}
    </>
  );
}

function Notice({ bulk, place }: { readonly bulk: Started; readonly place: RefObject<HTMLElement | null> }) {
  const { t } = useTexts();
  const [isOpen, setIsOpen] = useState(false);
  useKeptFocus(place);
  const { run } = bulk;
  const left = count(run, "failed") + count(run, "waiting");
  return (
    <section
      ref={place}
      tabIndex={-1}
      aria-label={t("bulk.run")}
      className="panel pointer-events-auto flex w-full max-w-xl flex-col gap-2 border-edge p-3 shadow-lg"
    >
      <p role="status" className="font-medium">
        <Phase bulk={bulk} />
      </p>
      {bulk.kind !== "kept" && <Progress run={run} />}
      {bulk.kind === "ended" && <Outcomes run={run} />}
      <div className="flex flex-wrap gap-2">
        {bulk.kind === "kept" && (
          <button type="button" className="control" onClick={() => leave("undo")}>
            {t("act.undo")} <SecondsLeft until={bulk.until} />
          </button>
        )}
        {bulk.kind === "sending" && (
          <button type="button" className="control" onClick={() => onBulk({ kind: "stop" })}>
            {t("bulk.stop")}
          </button>
        )}
        {bulk.kind === "ended" && (
          <>
            {left > 0 && (
              <button type="button" className="control control-main" onClick={() => onBulk({ kind: "goOn" })}>
                {t("bulk.goOn", { count: left })}
              </button>
            )}
            <button type="button" className="control" onClick={() => setIsOpen(true)}>
              {t("bulk.each")}
            </button>
            <button type="button" className="control" onClick={() => save(run)}>
              {t("bulk.export")}
            </button>
            <button type="button" className="control" onClick={() => leave("close")}>
              {t("bulk.close")}
            </button>
          </>
        )}
      </div>
      <Layer title={t("bulk.each.title")} isOpen={isOpen} isWide onClose={() => setIsOpen(false)}>
        <EachOutcome run={run} />
      </Layer>
    </section>
  );
}

function leave(kind: "undo" | "close"): void {
  onBulk({ kind });
  focusMain();
}

/** Read out when the phase changes, and not with each answer. */
function Phase({ bulk: { kind, run } }: { readonly bulk: Started }) {
  const { t, number } = useTexts();
  const all = run.entries.length;
  if (kind === "stopping") return t("bulk.stopping", { count: count(run, "sending") });
  if (kind !== "ended") return t(`bulk.doing.${run.action}`, { count: all });
  const done = count(run, "done") + count(run, "repeated");
  return t("bulk.ended", { done: number(done), all: number(all) });
}

function Progress({ run }: { readonly run: Run }) {
  const { t, number } = useTexts();
  const all = run.entries.length;
  const answered = all - count(run, "waiting") - count(run, "sending");
  const text = t("bulk.progress", { done: number(answered), all: number(all) });
  return (
    <div className="flex items-center gap-3">
      <progress className="progress min-w-0 grow" aria-label={text} max={all} value={answered} />
      <span aria-hidden className="shrink-0 text-soft">
        {text}
      </span>
    </div>
  );
}

function save(run: Run): void {
  const text = JSON.stringify(reportOf(run), null, 2);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `turnpike-${run.action}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
