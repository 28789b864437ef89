/** What the gateway did with the newest turn of the chat in use, or with that of the marked message. */
import { useRouter } from "@tanstack/react-router";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { useNow } from "../../view/use-now.ts";
import type { Group } from "../conversations/transcript-model.ts";
import { axisOf } from "../turn/axis.ts";
import type { Detail } from "../turn/rows.ts";
import { summaryOf } from "../turn/summary.ts";
import { SummaryLine } from "../turn/summary-line.tsx";
import { rowsOf } from "../turn/turn-rows.ts";
import { Waterfall } from "../turn/waterfall.tsx";
import type { Story } from "./use-story.ts";
import "../turn/waterfall.css";

interface StoryStripProps {
  readonly story: Story;
  readonly markedId: string | null;
  onUnmark(): void;
}

export function StoryStrip({
  story: { isSaid, conversation, transcript, told, turn },
  markedId,
  onUnmark,
}: StoryStripProps) {
  const { t } = useTexts();
  return (
    <section aria-labelledby="story" className="panel min-w-0 p-3">
      <h2 id="story" className="mb-2 text-base font-semibold">
        {t("simulator.story")}
      </h2>
      {!isSaid && <p className="text-soft">{t("simulator.story.nobody")}</p>}
      {isSaid && (
        <QueryView result={conversation} empty={{ is: (id) => id === null, text: t("simulator.story.nothing") }}>
          {(id) => (
            <QueryView result={transcript} height="h-64">
              {() => <Told conversationId={id ?? ""} told={told} turn={turn} markedId={markedId} onUnmark={onUnmark} />}
            </QueryView>
          )}
        </QueryView>
      )}
    </section>
  );
}

interface ToldProps {
  readonly conversationId: string;
  readonly told: Group | null;
  readonly turn: Story["turn"];
  readonly markedId: string | null;
  onUnmark(): void;
}

function Told({ conversationId, told, turn, markedId, onUnmark }: ToldProps) {
  const { t } = useTexts();
  const turnId = told?.turn?.turnId ?? null;
  return (
    <>
      <p className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        <PageLink to={`/c/${encodeURIComponent(conversationId)}`}>{t("simulator.run.conversation")}</PageLink>
        {turnId !== null && <PageLink to={`/t/${encodeURIComponent(turnId)}`}>{t("simulator.run.turn")}</PageLink>}
        {markedId !== null && (
          <button type="button" className="control" onClick={onUnmark}>
            {t("simulator.story.newest")}
          </button>
        )}
      </p>
      {turnId === null ? (
        <p className="text-soft">{t(markedId === null ? "simulator.story.nothing" : "simulator.story.noTurn")}</p>
      ) : (
        <QueryView result={turn} height="h-64">
          {(detail) => <TurnStory detail={detail} />}
        </QueryView>
      )}
    </>
  );
}

function TurnStory({ detail }: { readonly detail: Detail }) {
  const router = useRouter();
  const rows = rowsOf(detail, useNow());
  const open = (span: string) =>
    router.history.push(`/t/${encodeURIComponent(detail.item.id)}?${new URLSearchParams({ span })}`);
  return (
    <>
      <SummaryLine summary={summaryOf(detail, rows)} />
      <Waterfall rows={rows.rows} axis={axisOf(rows.zeroAt, rows.rows, false)} selectedId={undefined} onSelect={open} />
    </>
  );
}
