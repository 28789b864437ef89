import { type ReactNode, useId, useState } from "react";
import { Cancel } from "../../frame/layer.tsx";
import { useTexts } from "../../texts/texts.tsx";
import { IdList } from "../../view/id-list.tsx";
import { Said } from "../../view/said.tsx";
import { StateMark } from "../../view/state-mark.tsx";
import type { Action } from "../order.ts";
import { isTyped } from "./bulk.ts";
import { onBulk } from "./bulk-store.ts";
import { acting, type Frozen, type FrozenItem, type Plan, planOf } from "./frozen.ts";

const SENDS: readonly Action[] = ["replay", "resend"];

/** What will be done, to how many, and what is left out: of the frozen items alone. */
export function BulkQuestion({ frozen, withForce }: { readonly frozen: Frozen; readonly withForce: boolean }) {
  const { t } = useTexts();
  const { action } = frozen;
  const plan = planOf(frozen, withForce);
  const amount = acting(frozen, withForce).length;
  return (
    <div className="flex flex-col gap-4">
      <Counts counts={plan.counts} />
      <Part title={t("bulk.effects")}>
        <Effects plan={plan} />
        {amount > 0 && (
          <p className="mt-2 text-soft">
            {t("bulk.order")} {SENDS.includes(action) && t("bulk.cost")}
          </p>
        )}
      </Part>
      {plan.forced.length > 0 && (
        <div>
          <label className="inline-flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={withForce}
              onChange={({ target: { checked } }) => onBulk({ kind: "choose", withForce: checked })}
            />
            {t("bulk.force", { count: plan.forced.length })}
          </label>
          <Ids items={plan.forced} />
        </div>
      )}
      <Never never={plan.never} />
      <Confirm key={amount} action={action} amount={amount} />
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1 font-medium">{title}</h3>
      {children}
    </section>
  );
}

function Counts({ counts }: Pick<Plan, "counts">) {
  const { t, number } = useTexts();
  return (
    <table className="rows w-full">
      <caption className="mb-1 text-start font-medium">{t("bulk.counts")}</caption>
      <thead>
        <tr>
          {(["needsYou.kind", "waiting.state", "needsYou.channel"] as const).map((name) => (
            <th key={name} scope="col">
              {t(name)}
            </th>
          ))}
          <th scope="col" className="number">
            {t("waiting.count")}
          </th>
        </tr>
      </thead>
      <tbody>
        {counts.map(({ kind, state, channel, count }) => (
          <tr key={JSON.stringify([kind, state, channel])}>
            <td>{t(`needsYou.kind.${kind}`)}</td>
            <td>
              <StateMark state={state} />
            </td>
            <td>
              <Said>{channel}</Said>
            </td>
            <td className="number">{number(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Effects({ plan: { effects, forced } }: { readonly plan: Plan }) {
  const { t } = useTexts();
  if (effects.length === 0) return <p>{t(forced.length > 0 ? "bulk.onlyForced" : "bulk.none")}</p>;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      {effects.map(({ text, count }) => (
        <div key={text} className="contents">
          <dt className="text-soft">{t("bulk.ofThem", { count })}</dt>
          <dd className="min-w-0">{t(text)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Never({ never }: Pick<Plan, "never">) {
  const { t } = useTexts();
  if (never.length === 0) return null;
  return (
    <Part title={t("bulk.never", { count: never.reduce((sum, { items }) => sum + items.length, 0) })}>
      <ul className="flex flex-col gap-2">
        {never.map(({ why, items }) => (
          <li key={why}>
            <p>
              <span className="text-soft">{t("bulk.ofThem", { count: items.length })}</span>{" "}
              <span>{t(`bulk.never.${why}`)}</span>
            </p>
            <Ids items={items} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Ids({ items }: { readonly items: readonly FrozenItem[] }) {
  const { t } = useTexts();
  return (
    <details className="mt-1">
      <summary className="min-h-6 cursor-pointer text-soft">{t("bulk.ids")}</summary>
      <IdList name={t("bulk.ids")} ids={items.map(({ item }) => item.id)} />
    </details>
  );
}

function Confirm({ action, amount }: { readonly action: Action; readonly amount: number }) {
  const { t } = useTexts();
  const field = useId();
  const [typed, setTyped] = useState("");
  const mustType = isTyped(action, amount);
  const isReady = amount > 0 && (!mustType || typed.trim() === String(amount));
  return (
    <form
      className="flex flex-col items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onBulk({ kind: "confirm", typed, at: Date.now() });
      }}
    >
      {mustType && (
        <div className="flex flex-wrap items-center gap-2">
          <label htmlFor={field}>{t("bulk.type", { count: String(amount) })}</label>
          <input
            id={field}
            inputMode="numeric"
            autoComplete="off"
            className="control w-28"
            value={typed}
            onChange={({ target: { value } }) => setTyped(value)}
          />
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="control control-main" disabled={!isReady}>
          {t(`bulk.verb.${action}`, { count: amount })}
        </button>
        <Cancel />
      </div>
    </form>
  );
}
