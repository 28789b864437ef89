import { useRouter } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, CircleAlert, CirclePause } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { FailureText, QueryView } from "../../view/query-view.tsx";
import { rowsInSight } from "../../view/rows-in-sight.ts";
import { Said } from "../../view/said.tsx";
import { StateMark } from "../../view/state-mark.tsx";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import { useNow } from "../../view/use-now.ts";
import { useRovingRows } from "../../view/use-roving-rows.ts";
import { addressOfConversation, addressOfList, type Filters } from "./addresses.ts";
import { KIND_TEXTS } from "./kind-texts.ts";
import { countChanges, peerName, type Row, type ShownList } from "./list-model.ts";
import { useConversationList } from "./use-conversation-list.ts";

/** Every row is this high, so that the place of each is known without drawing the others. */
const ROW_PX = 60;

export function ConversationList({ filters, openId }: { readonly filters: Filters; readonly openId: string | null }) {
  const { t } = useTexts();
  const { list, older, showAnew } = useConversationList(filters);
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <QueryView
        result={list}
        height="h-64"
        empty={{
          is: ({ rows, next }) => rows.length === 0 && next === null,
          text: <NothingListed filters={filters} />,
        }}
      >
        {(shown) => (
          <Rows shown={shown} filters={filters} openId={openId} onShowAnew={showAnew}>
            {shown.next !== null && (
              <button
                type="button"
                className="control m-3"
                aria-disabled={older.isPending}
                onClick={() => shown.next !== null && !older.isPending && older.mutate(shown.next)}
              >
                {t("conversations.more")}
              </button>
            )}
            {older.error !== null && (
              <p role="alert" className="mx-3 mb-3 text-bad">
                <FailureText failure={older.error} />
              </p>
            )}
          </Rows>
        )}
      </QueryView>
    </div>
  );
}

function NothingListed({ filters }: { readonly filters: Filters }) {
  const { t } = useTexts();
  const { history } = useRouter();
  const given = Object.entries(filters);
  if (given.length === 0) return t("conversations.empty");
  return (
    <>
      <span>{t("conversations.emptyFiltered")}</span>
      <span className="my-2 flex flex-wrap gap-1">
        {given.map(([name, value]) => (
          <span key={name} className="rounded border border-line px-1.5">
            <Said>{value}</Said>
          </span>
        ))}
      </span>
      <button type="button" className="control" onClick={() => history.push(addressOfList({}))}>
        {t("conversations.clear")}
      </button>
    </>
  );
}

function Rows({
  shown,
  filters,
  openId,
  onShowAnew,
  children,
}: {
  readonly shown: ShownList;
  readonly filters: Filters;
  readonly openId: string | null;
  readonly onShowAnew: () => void;
  readonly children: ReactNode;
}) {
  const { t } = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ scrollTop: 0, height: window.innerHeight });
  const changes = countChanges(shown);
  const { rows } = shown;
  const roving = useRovingRows(
    rows.map(({ conversation }) => conversation.conversationId),
    { ...rowsInSight(sight, ROW_PX, rows.length), first: Math.ceil(sight.scrollTop / ROW_PX) },
  );
  useKeptFocus(box);
  const showAnew = () => {
    if (box.current !== null) box.current.scrollTop = 0;
    onShowAnew();
  };
  return (
    <>
      {changes > 0 && (
        <button type="button" className="control control-main m-2 self-center rounded-full" onClick={showAnew}>
          {t("conversations.changed", { count: changes })}
        </button>
      )}
      <div
        ref={box}
        tabIndex={-1}
        data-scrolls=""
        className="min-h-0 grow overflow-y-auto [overflow-anchor:none]"
        onScroll={({ currentTarget: { scrollTop } }) => setSight({ scrollTop, height: window.innerHeight })}
      >
        <ol className="relative" style={{ height: rows.length * ROW_PX }} {...roving.list}>
          {roving.drawn.map((index) => {
            const row = rows[index];
            if (row === undefined) return null;
            const id = row.conversation.conversationId;
            return (
              <li
                key={id}
                data-row={id}
                aria-setsize={shown.next === null ? rows.length : -1}
                aria-posinset={index + 1}
                className="absolute inset-x-0"
                style={{ height: ROW_PX, transform: `translateY(${index * ROW_PX}px)` }}
              >
                <RowLink row={row} filters={filters} isOpen={id === openId} isStop={index === roving.stop} />
              </li>
            );
          })}
        </ol>
        {children}
      </div>
    </>
  );
}

interface RowLinkProps {
  readonly row: Row;
  readonly filters: Filters;
  readonly isOpen: boolean;
  /** Tab leads to it. */
  readonly isStop: boolean;
}

function RowLink({ row, filters, isOpen, isStop }: RowLinkProps) {
  const { t, dateTime } = useTexts();
  const { conversationId, channel, account, kind } = row.conversation;
  return (
    <PageLink
      to={addressOfConversation(conversationId, filters)}
      isHere={isOpen}
      opensRow
      tabIndex={isStop ? 0 : -1}
      className={`flex h-full flex-col justify-center gap-0.5 overflow-hidden border-b border-line px-3 focus-visible:-outline-offset-2 ${isOpen ? "bg-accent-soft" : "hover:bg-raised"}`}
    >
      <span className="flex items-center gap-2 overflow-hidden">
        <Said className="min-w-0 grow truncate font-medium">{peerName(row)}</Said>
        {row.newestTurn !== null && <StateMark state={row.newestTurn.state} />}
      </span>
      <span className="flex items-center gap-2 overflow-hidden text-xs whitespace-nowrap text-soft">
        {row.needsOperator && (
          <span className="flex shrink-0 items-center gap-1 rounded bg-bad-soft px-1.5 text-bad">
            <CircleAlert size={12} aria-hidden />
            {t("conversations.needsYou")}
          </span>
        )}
        {row.pausedUntil !== null && <Paused until={row.pausedUntil} />}
        <span className="truncate">{t("conversations.place", { channel, account, kind: t(KIND_TEXTS[kind]) })}</span>
        <span className="ms-auto flex shrink-0 items-center gap-1">
          <Direction of={row.lastDirection} />
          {dateTime(row.lastAt)}
        </span>
      </span>
    </PageLink>
  );
}

function Paused({ until }: { readonly until: string }) {
  const { t } = useTexts();
  if (Date.parse(until) <= useNow()) return null;
  return (
    <span className="flex shrink-0 items-center gap-1 rounded bg-warn-soft px-1.5 text-warn">
      <CirclePause size={12} aria-hidden />
      {t("conversations.paused")}
    </span>
  );
}

function Direction({ of: direction }: { readonly of: Row["lastDirection"] }) {
  const { t } = useTexts();
  if (direction === null) return null;
  const Icon = direction === "in" ? ArrowRight : ArrowLeft;
  return (
    <>
      <Icon size={12} aria-hidden />
      <span className="sr-only">{t(direction === "in" ? "conversations.lastIn" : "conversations.lastOut")}</span>
    </>
  );
}
