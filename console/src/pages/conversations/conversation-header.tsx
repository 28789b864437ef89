import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { meQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { withMarks } from "../../view/marked.ts";
import { Said } from "../../view/said.tsx";
import { useNow } from "../../view/use-now.ts";
import { KIND_TEXTS } from "./kind-texts.ts";
import { PauseControls } from "./pause-controls.tsx";

type Detail = Wire["conversation"];

export function ConversationHeader({ conversation }: { readonly conversation: Detail }) {
  const { t, dateTime } = useTexts();
  const { data: me } = useQuery(meQuery);
  const now = useNow();
  const { conversationId, channel, account, kind, peerId, windowEndsAt, pausedUntil } = conversation;
  const isPaused = pausedUntil !== null && Date.parse(pausedUntil) > now;
  const isOpen = windowEndsAt !== null && Date.parse(windowEndsAt) > now;
  return (
    <div className="flex flex-wrap items-start justify-between gap-3 border-b border-line p-3">
      <dl className="flex min-w-0 flex-wrap gap-x-5 gap-y-1">
        <Fact name={t("conversations.channel")}>
          {t("conversations.place", { channel, account, kind: t(KIND_TEXTS[kind]) })}
        </Fact>
        <Fact name={t("conversations.peer")}>
          <Said className="font-mono text-xs">{withMarks(peerId)}</Said>
        </Fact>
        <Fact name={t("conversations.window")}>
          {windowEndsAt === null
            ? t("conversations.window.none")
            : t(isOpen ? "conversations.window.until" : "conversations.window.ended", { at: dateTime(windowEndsAt) })}
        </Fact>
        <Fact name={t("conversations.bot")}>
          {isPaused ? (
            <span className="rounded bg-warn-soft px-1.5 text-warn">
              {t("conversations.pausedUntil", { at: dateTime(pausedUntil) })}
            </span>
          ) : (
            t("conversations.answers")
          )}
        </Fact>
      </dl>
      {me?.rights.includes("operate") === true && <PauseControls id={conversationId} isPaused={isPaused} />}
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
