/** What the gateway did with a turn and each of its messages, beside what was said. */
import type { ReactNode } from "react";
import { ActionButtons } from "../../actions/action-buttons.tsx";
import type { Item } from "../../actions/order.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";
import { Clipped } from "../../view/clipped.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";
import { StateMark } from "../../view/state-mark.tsx";
import type { Group, Of, ShownDelivery } from "./transcript-model.ts";

const ROUTE_TEXTS = {
  reply: "conversations.route.reply",
  push: "conversations.route.push",
  session: "conversations.route.session",
  template: "conversations.route.template",
} as const satisfies Record<Of<"attempt">["route"], TextKey>;

const RECEIPT_TEXTS = {
  sent: "conversations.receipt.sent",
  failed: "conversations.receipt.failed",
  delivered: "conversations.receipt.delivered",
  read: "conversations.receipt.read",
} as const satisfies Record<Of<"receipt">["status"], TextKey>;

const WORDS_TEXTS = {
  answer: "conversations.words.answer",
  button: "conversations.words.button",
  system: "conversations.words.system",
} as const satisfies Record<Of<"delivery">["words"], TextKey>;

interface HandlingProps {
  readonly group: Group;
  /** What can be acted on, by its id. */
  readonly operable: ReadonlyMap<string, Item>;
}

export function Handling({ group: { turn, events, deliveries, at }, operable }: HandlingProps) {
  const { t, dateTime } = useTexts();
  const duplicates = events.reduce((sum, { copies }) => sum + (copies?.count ?? 0), 0);
  return (
    <div className="flex min-w-0 flex-col gap-2 text-xs @sm:sticky @sm:top-0 @sm:self-start">
      <p className="text-soft">{dateTime(at)}</p>
      {turn !== null && <TurnLine turn={turn} item={operable.get(turn.turnId)} />}
      {turn === null && events.length > 0 && <p className="text-soft">{t("conversations.noTurn")}</p>}
      {duplicates > 0 && <p className="text-soft">{t("conversations.duplicates", { count: duplicates })}</p>}
      {deliveries.map((shown) => (
        <DeliveryLines key={shown.delivery.deliveryId} shown={shown} item={operable.get(shown.delivery.deliveryId)} />
      ))}
    </div>
  );
}

function TurnLine({ turn, item }: { readonly turn: Of<"turn">; readonly item: Item | undefined }) {
  const { t } = useTexts();
  return (
    <div>
      <p className="flex flex-wrap items-center gap-x-2">
        <PageLink to={`/t/${encodeURIComponent(turn.turnId)}`}>{t("conversations.turn")}</PageLink>
        <StateMark state={turn.state} />
        {turn.attempt > 0 && <span>{t("conversations.handOuts", { count: turn.attempt })}</span>}
        {turn.failures > 0 && <span className="text-bad">{t("conversations.failures", { count: turn.failures })}</span>}
      </p>
      {turn.reason !== null && <Reason text={turn.reason} />}
      <Actions item={item} />
    </div>
  );
}

interface DeliveryLinesProps {
  readonly shown: ShownDelivery;
  readonly item: Item | undefined;
}

function DeliveryLines({ shown: { delivery, attempts, receipts }, item }: DeliveryLinesProps) {
  const { t, time } = useTexts();
  const last = attempts.at(-1);
  const route = delivery.route ?? last?.route ?? null;
  return (
    <div className="border-s-2 border-line ps-2">
      <p className="flex flex-wrap items-center gap-x-2">
        <span>{t(WORDS_TEXTS[delivery.words])}</span>
        <StateMark state={delivery.state} />
        {route !== null && <span>{t(ROUTE_TEXTS[route])}</span>}
        <span>{t("conversations.attempts", { count: delivery.attempts })}</span>
      </p>
      {delivery.reason !== null && <Reason text={delivery.reason} />}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-soft">
        {delivery.routeReason !== null && (
          <Fact name={t("turn.fact.routeReason")}>{t(`route.reason.${delivery.routeReason}`)}</Fact>
        )}
        {delivery.evidence !== null && (
          <Fact name={t("conversations.evidence")}>
            <Said>{delivery.evidence}</Said>
          </Fact>
        )}
        {delivery.bundledInto !== null && (
          <Fact name={t("conversations.bundledInto")}>
            <Said className="font-mono">{delivery.bundledInto}</Said>
          </Fact>
        )}
        {last !== undefined && last.status !== null && (
          <Fact name={t("conversations.lastAnswer")}>
            <Answer attempt={last} />
          </Fact>
        )}
        {receipts.map(({ status, platformMessageId, saidAt, at }) => (
          <Fact key={`${platformMessageId} ${status} ${saidAt}`} name={t(RECEIPT_TEXTS[status])}>
            {time(at)}
          </Fact>
        ))}
      </dl>
      <Actions item={item} />
    </div>
  );
}

function Actions({ item }: { readonly item: Item | undefined }) {
  if (item === undefined) return null;
  return (
    <div className="mt-2">
      <ActionButtons item={item} />
    </div>
  );
}

/** The newest one counts. Of a success only the status is worth its place. */
function Answer({ attempt: { status, response } }: { readonly attempt: Of<"attempt"> }) {
  const isSuccess = status !== null && status < 300;
  return (
    <>
      <span>{status}</span>
      {!isSuccess && response !== null && response !== "" && (
        <span className="block">
          <Clipped text={response} />
        </span>
      )}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="contents">
      <dt>{name}</dt>
      <dd className="min-w-0 text-ink">{children}</dd>
    </div>
  );
}

function Reason({ text }: { readonly text: string }) {
  return (
    <p className="text-warn">
      <Clipped text={text} />
    </p>
  );
}
