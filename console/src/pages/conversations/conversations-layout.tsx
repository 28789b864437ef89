/** Two panes, list and conversation, beside each other or, on a narrow screen, one page each. */
import { getRouteApi, Outlet, useParams } from "@tanstack/react-router";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { filtersIn } from "./addresses.ts";
import { ConversationList } from "./conversation-list.tsx";
import { FilterBar } from "./filter-bar.tsx";

const route = getRouteApi("/frame/panes");

export function ConversationsLayout() {
  const { t } = useTexts();
  // The router leaves in what it doesn't know: the gateway refuses that.
  const filters = filtersIn({ ...route.useSearch() });
  const { conv = null } = useParams({ strict: false });
  return (
    <div className="flex h-[calc(100dvh-10rem)] min-h-96 gap-4 md:h-[calc(100dvh-6rem)]">
      <section
        aria-label={t("page.conversations")}
        className={`min-w-0 grow flex-col lg:flex lg:max-w-96 lg:min-w-80 lg:basis-1/3 ${conv === null ? "flex" : "hidden"}`}
      >
        {conv === null ? (
          <PageTitle>{t("page.conversations")}</PageTitle>
        ) : (
          <h2 className="mb-3 text-xl font-semibold">{t("page.conversations")}</h2>
        )}
        <div className="panel flex min-h-0 grow flex-col overflow-hidden">
          <FilterBar filters={filters} />
          <ConversationList key={JSON.stringify(filters)} filters={filters} openId={conv} />
        </div>
      </section>
      <div className={`min-w-0 grow flex-col lg:flex lg:basis-2/3 ${conv === null ? "hidden" : "flex"}`}>
        <Outlet />
      </div>
    </div>
  );
}

export function NoConversation() {
  const { t } = useTexts();
  return <p className="panel flex grow items-center justify-center p-6 text-soft">{t("conversations.choose")}</p>;
}
