import { getRouteApi, useRouter } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { usePageKey } from "../../frame/page-keys.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import {
  addressOfConversation,
  addressOfList,
  type ConversationView,
  type Filters,
  filtersIn,
  viewIn,
} from "./addresses.ts";
import { ConversationHeader } from "./conversation-header.tsx";
import { peerName } from "./list-model.ts";
import { Transcript } from "./transcript.tsx";
import { useTranscript } from "./use-transcript.ts";

const route = getRouteApi("/frame/panes/c/$conv");

export function ConversationPage() {
  const { t } = useTexts();
  const { conv } = route.useParams();
  const search = route.useSearch();
  const filters = filtersIn({ ...search });
  return (
    <>
      <p className="mb-2 lg:hidden">
        <PageLink to={addressOfList(filters)} className="linked inline-flex items-center gap-1">
          <ArrowLeft size={16} aria-hidden />
          {t("conversations.back")}
        </PageLink>
      </p>
      <Conversation key={`${conv} ${search.turn}`} id={conv} view={viewIn({ ...search })} filters={filters} />
    </>
  );
}

interface ConversationProps {
  readonly id: string;
  readonly view: ConversationView;
  readonly filters: Filters;
}

function Conversation({ id, view, filters }: ConversationProps) {
  const { t } = useTexts();
  const { transcript, older } = useTranscript(id);
  const { data } = transcript;
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-4">
        <PageTitle>
          {data === undefined
            ? t("conversations.conversation")
            : peerName({ conversation: data.conversation, senders: data.conversation.senders })}
        </PageTitle>
        <ViewChoice id={id} view={view} filters={filters} />
      </div>
      <div className="panel flex min-h-0 grow flex-col overflow-hidden">
        <QueryView result={transcript} height="h-64">
          {(timeline) => (
            <>
              <ConversationHeader conversation={timeline.conversation} />
              <Transcript timeline={timeline} older={older} view={view} />
            </>
          )}
        </QueryView>
      </div>
    </>
  );
}

function ViewChoice({ id, view, filters }: ConversationProps) {
  const { t } = useTexts();
  const { history } = useRouter();
  const isRaw = view.view === "raw";
  const show = (chosen: string) =>
    history.replace(addressOfConversation(id, { ...filters, ...viewIn({ ...view, view: chosen }) }));
  usePageKey("raw", () => show(isRaw ? "bubbles" : "raw"));
  return (
    <select
      className="control mb-3"
      aria-label={t("conversations.view")}
      value={isRaw ? "raw" : "bubbles"}
      onChange={({ target }) => show(target.value)}
    >
      <option value="bubbles">{t("conversations.view.bubbles")}</option>
      <option value="raw">{t("conversations.view.raw")}</option>
    </select>
  );
}
