import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { accountsQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { Said } from "../../view/said.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { GroupList } from "./group-list.tsx";
import { WaitingList } from "./waiting-list.tsx";

const route = getRouteApi("/frame/needs-you");

export function NeedsYouPage() {
  const { t } = useTexts();
  const filter = route.useSearch();
  return (
    <>
      <PageTitle>{t("page.needsYou")}</PageTitle>
      <FilterBar filter={filter} />
      <StoppedAccounts />
      {filter.group === "reason" ? (
        <GroupList filter={filter} />
      ) : (
        // What is selected was selected of this list.
        <WaitingList key={JSON.stringify(filter)} filter={filter} />
      )}
    </>
  );
}

/** A stopped account needs a person, too, and all that waits behind it isn't in the usual states. */
function StoppedAccounts() {
  const { t } = useTexts();
  const { data } = useQuery(accountsQuery);
  const stopped = data?.accounts.filter(({ status }) => status === "stopped") ?? [];
  if (stopped.length === 0) return null;
  return (
    <ul className="mb-3 flex flex-col gap-2">
      {stopped.map(({ channel, account, waiting }) => (
        <li key={`${channel}/${account}`} className="flex flex-wrap gap-x-3 rounded bg-bad-soft px-3 py-2">
          <Said className="font-medium">{`${channel}/${account}`}</Said>
          <span>{t("needsYou.stopped", { count: waiting })}</span>
          <PageLink to="/accounts">{t("needsYou.stopped.open")}</PageLink>
        </li>
      ))}
    </ul>
  );
}
