import { ActionButtons } from "../../actions/action-buttons.tsx";
import { whyText } from "../../actions/advice-texts.ts";
import type { Item } from "../../actions/order.ts";
import { useMayOperate } from "../../actions/use-may-operate.ts";
import { useOperable } from "../../actions/use-operable.ts";
import { useTexts } from "../../texts/texts.tsx";
import { StateMark } from "../../view/state-mark.tsx";
import { type Detail, entriesOf } from "./rows.ts";

/** What can be done with the turn and with each of its deliveries, or with the delivery that has no turn. */
export function ItemActions({ detail }: { readonly detail: Detail }) {
  const { t } = useTexts();
  const mayOperate = useMayOperate();
  const operable = useOperable(detail.entries);
  const deliveries = entriesOf(detail, "delivery").flatMap(({ deliveryId }) => operable.get(deliveryId) ?? []);
  // The one that is shown was read more often.
  const others = deliveries.filter(({ id }) => id !== detail.item.id);
  const items = [detail.item, ...others].filter(({ advice }) => advice.can.length > 0);
  if (!mayOperate || items.length === 0) return null;
  return (
    <section aria-label={t("act.can")} className="panel mb-3 flex flex-col gap-4 p-3">
      <h2 className="font-medium">{t("act.can")}</h2>
      {items.map((item) => (
        <ItemPart key={item.id} item={item} />
      ))}
    </section>
  );
}

function ItemPart({ item }: { readonly item: Item }) {
  const { t } = useTexts();
  return (
    <div className="grid gap-x-6 gap-y-2 lg:grid-cols-2">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3">
          <span>{t(`needsYou.kind.${item.kind}`)}</span>
          <StateMark state={item.state} />
          <span className="font-mono text-xs text-soft">{item.id}</span>
        </p>
        <p>{t(whyText(item))}</p>
      </div>
      <ActionButtons item={item} />
    </div>
  );
}
