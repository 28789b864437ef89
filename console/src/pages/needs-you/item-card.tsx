import { ActionButtons } from "../../actions/action-buttons.tsx";
import { whyText } from "../../actions/advice-texts.ts";
import type { Item } from "../../actions/order.ts";
import { useTexts } from "../../texts/texts.tsx";
import { addressOfItem } from "../../view/id-list.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";
import { StateMark } from "../../view/state-mark.tsx";
import { useNow } from "../../view/use-now.ts";

interface ItemCardProps {
  readonly item: Item;
  readonly isSelected: boolean;
  /** Absent: this person may only read. */
  readonly onSelect?: ((isWanted: boolean) => void) | undefined;
}

export function ItemCard({ item, isSelected, onSelect }: ItemCardProps) {
  const { t } = useTexts();
  const { conversation } = item;
  return (
    <li
      className={`panel p-3 focus-within:border-accent ${isSelected ? "bg-accent-soft" : ""}`}
      aria-label={item.id}
      data-row={item.id}
    >
      <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        {onSelect !== undefined && (
          <label className="inline-flex size-6 items-center justify-center">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              aria-label={t("bulk.select", { id: item.id })}
              data-selects=""
              checked={isSelected}
              onChange={({ target: { checked } }) => onSelect(checked)}
            />
          </label>
        )}
        <StateMark state={item.state} />
        <span>{t(`needsYou.kind.${item.kind}`)}</span>
        <PageLink to={`/c/${conversation.conversationId}`}>
          <Said>{`${conversation.channel}/${conversation.account}`}</Said> <Said>{conversation.peerId}</Said>
        </PageLink>
        <Age since={item.since} />
      </div>
      <div className="grid gap-x-6 gap-y-3 lg:grid-cols-2">
        <div className="min-w-0">
          <p>{t(whyText(item))}</p>
          <Reason reason={item.reason} />
          <Facts item={item} />
        </div>
        <ActionButtons item={item} />
      </div>
    </li>
  );
}

function Age({ since }: { readonly since: string }) {
  const { t, dateTime, duration } = useTexts();
  const ageMs = Math.max(0, Math.floor((useNow() - Date.parse(since)) / 1_000) * 1_000);
  return (
    <time dateTime={since} title={dateTime(since)} className="text-soft">
      {t("needsYou.age", { age: duration(ageMs) })}
    </time>
  );
}

/** What the platform or the agent last said, as it said it. */
function Reason({ reason }: { readonly reason: string | null }) {
  const { t } = useTexts();
  if (reason === null) return null;
  return (
    <p className="mt-1 max-h-40 overflow-y-auto">
      <span className="text-soft">{t("needsYou.reason")}</span> <Said className="font-mono text-xs">{reason}</Said>
    </p>
  );
}

function Facts({ item }: { readonly item: Item }) {
  const { t, dateTime } = useTexts();
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 text-soft">
      <PageLink to={addressOfItem(item.id)} opensRow className="linked scroll-my-40">
        <span className="font-mono text-xs">{item.id}</span>
      </PageLink>
      <span>{t("needsYou.attempts", { count: item.attempts })}</span>
      {item.why !== null && <span>{t(`needsYou.why.${item.why}`)}</span>}
      {item.dueAt !== null && <span>{t("needsYou.due", { at: dateTime(item.dueAt) })}</span>}
      {item.kind === "delivery" && item.bundledInto !== null && (
        <PageLink to={`/d/${item.bundledInto}`}>{t("needsYou.bundled")}</PageLink>
      )}
    </p>
  );
}
