import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Cancel, Layer } from "../frame/layer.tsx";
import { useTexts } from "../texts/texts.tsx";
import { effectText } from "./advice-texts.ts";
import { type Choice, type Item, isOpen, needsConfirmation } from "./order.ts";
import { placeOrder, useOrders } from "./order-store.ts";
import { useMayOperate } from "./use-may-operate.ts";

/** What gives it up for good is never where the hand expects another one. */
function lastDiscard(choices: readonly Choice[]): readonly Choice[] {
  const isDiscard = ({ action }: Choice) => action === "discard";
  return [...choices.filter((one) => !isDiscard(one)), ...choices.filter(isDiscard)];
}

/** What can be done with a turn or a delivery, and beside each button what it will do. */
export function ActionButtons({ item }: { readonly item: Item }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const mayOperate = useMayOperate();
  const isOrdered = useOrders().some((order) => order.id === item.id && isOpen(order));
  const [asked, setAsked] = useState<Choice | null>(null);
  if (!mayOperate || item.advice.can.length === 0) return null;
  const order = ({ action, needsForce }: Choice) => {
    setAsked(null);
    placeOrder({ id: item.id, action, force: needsForce }, () => void queries.invalidateQueries());
  };
  return (
    <>
      <ul className="flex flex-col gap-2">
        {lastDiscard(item.advice.can).map((choice) => (
          <li key={choice.action} className="flex flex-wrap items-start gap-x-3 gap-y-1">
            <button
              type="button"
              className={`control w-28 shrink-0 justify-center ${choice.action === "discard" ? "text-bad" : ""}`}
              // Disabled it would lose the focus.
              aria-disabled={isOrdered}
              onClick={() => {
                if (isOrdered) return;
                if (needsConfirmation(choice)) setAsked(choice);
                else order(choice);
              }}
            >
              {t(needsConfirmation(choice) ? `act.${choice.action}.asks` : `act.${choice.action}`)}
            </button>
            <span className="min-w-0 grow basis-48 pt-1.5 text-soft">{t(effectText(item, choice.action))}</span>
          </li>
        ))}
      </ul>
      <Layer title={t("act.confirm")} isOpen={asked !== null} onClose={() => setAsked(null)}>
        {asked !== null && (
          <>
            <p className="mb-2">{t(effectText(item, asked.action))}</p>
            <p className="mb-4 font-mono text-xs text-soft">{item.id}</p>
            <div className="flex flex-wrap gap-2">
              <button type="button" className="control control-main" onClick={() => order(asked)}>
                {t(`act.${asked.action}`)}
              </button>
              <Cancel />
            </div>
          </>
        )}
      </Layer>
    </>
  );
}
