import { X } from "lucide-react";
import { useTexts } from "../texts/texts.tsx";
import { focusMain } from "../view/focus-main.ts";
import { FailureText } from "../view/query-view.tsx";
import { BulkLayers } from "./bulk/bulk-layers.tsx";
import type { Order } from "./order.ts";
import { dropOrder, repeatOrder, useOrders } from "./order-store.ts";
import { SecondsLeft } from "./seconds-left.tsx";

/** What becomes of the orders of this tab, one by one and many together, on whatever page it is. A refusal is told as what it is: the item has moved on. */
export function OrderNotices() {
  const { t } = useTexts();
  const orders = useOrders();
  return (
    <section
      aria-label={t("act.notices")}
      className="pointer-events-none fixed inset-x-2 bottom-16 z-30 flex flex-col items-end gap-2 md:inset-x-4 md:bottom-4"
    >
      <BulkLayers />
      {orders.map((order) => (
        <div
          key={order.actionId}
          className="panel pointer-events-auto flex w-96 max-w-full items-start gap-3 border-edge p-3 shadow-lg"
        >
          <p role="status" className="min-w-0 grow pt-1">
            <OrderText order={order} /> <span className="block font-mono text-xs text-soft">{order.id}</span>
          </p>
          <OrderChoice order={order} />
        </div>
      ))}
    </section>
  );
}

function OrderText({ order: { action, state } }: { readonly order: Order }) {
  const { t } = useTexts();
  switch (state.kind) {
    case "kept":
      return t(`act.${action}.kept`);
    case "sending":
      return t(`act.${action}.sending`);
    case "done":
      return t(`act.${action}.done`);
    case "refused":
      return t(`act.refused.${state.why}`);
    case "gone":
      return t("failure.gone");
    case "failed":
      return <FailureText failure={state.failure} />;
    default:
      return state satisfies never;
  }
}

function OrderChoice({ order: { actionId, state } }: { readonly order: Order }) {
  const { t } = useTexts();
  const drop = () => {
    dropOrder(actionId);
    focusMain();
  };
  if (state.kind === "sending") return null;
  if (state.kind === "kept")
    return (
      <button type="button" className="control shrink-0" onClick={drop}>
        {t("act.undo")} <SecondsLeft until={state.until} />
      </button>
    );
  return (
    <>
      {state.kind === "failed" && (
        <button type="button" className="control shrink-0" onClick={() => repeatOrder(actionId)}>
          {t("view.retry")}
        </button>
      )}
      <button type="button" className="control shrink-0" aria-label={t("layer.close")} onClick={drop}>
        <X size={16} aria-hidden />
      </button>
    </>
  );
}
