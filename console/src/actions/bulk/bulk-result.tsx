import { CircleCheck, CircleDashed, CircleX, type LucideIcon, Undo2 } from "lucide-react";
import { useTexts } from "../../texts/texts.tsx";
import { IdList } from "../../view/id-list.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { count, type Entry, type Run } from "./bulk.ts";

type Kind = Entry["state"]["kind"];

/** A refusal isn't red: the item has moved on. */
const LOOKS: readonly { readonly kind: Kind; readonly icon: LucideIcon; readonly className: string }[] = [
  { kind: "done", icon: CircleCheck, className: "text-good" },
  { kind: "repeated", icon: CircleCheck, className: "text-good" },
  { kind: "refused", icon: Undo2, className: "text-warn" },
  { kind: "gone", icon: CircleDashed, className: "text-soft" },
  { kind: "failed", icon: CircleX, className: "text-bad" },
  { kind: "sending", icon: CircleDashed, className: "text-soft" },
  { kind: "waiting", icon: CircleDashed, className: "text-soft" },
];

/** How many came to what. */
export function Outcomes({ run }: { readonly run: Run }) {
  const { t, number } = useTexts();
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1">
      {LOOKS.map(({ kind, icon: Icon, className }) => {
        const amount = count(run, kind);
        if (amount === 0) return null;
        return (
          <div key={kind} className="flex items-center gap-1">
            <Icon size={16} aria-hidden className={className} />
            <dt>{t(`bulk.outcome.${kind}`)}</dt>
            <dd className="font-semibold">{number(amount)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Every one of them, by what became of it and why. */
export function EachOutcome({ run: { entries } }: { readonly run: Run }) {
  const { t, number } = useTexts();
  return (
    <div className="flex flex-col gap-4">
      {LOOKS.map(({ kind, icon: Icon, className }) => {
        const alike = Map.groupBy(
          entries.filter(({ state }) => state.kind === kind),
          whyOf,
        );
        return [...alike].map(([why, group]) => (
          <section key={`${kind} ${why}`}>
            <h3 className="flex items-center gap-1 font-medium">
              <Icon size={16} aria-hidden className={className} />
              {t(`bulk.outcome.${kind}`)} <span>{number(group.length)}</span>
            </h3>
            <Why of={group[0]} />
            <IdList name={t(`bulk.outcome.${kind}`)} ids={group.map(({ id }) => id)} />
          </section>
        ));
      })}
    </div>
  );
}

function whyOf({ state }: Entry): string {
  if (state.kind === "refused") return state.why;
  return state.kind === "failed" ? state.failure.message : "";
}

function Why({ of: entry }: { readonly of: Entry | undefined }) {
  const { t } = useTexts();
  const state = entry?.state;
  if (state?.kind !== "refused" && state?.kind !== "failed" && state?.kind !== "gone") return null;
  return (
    <p className="mb-1 text-soft">
      {state.kind === "refused" && t(`act.refused.${state.why}`)}
      {state.kind === "gone" && t("failure.gone")}
      {state.kind === "failed" && <FailureText failure={state.failure} />}
    </p>
  );
}
