import { getRouteApi } from "@tanstack/react-router";
import { useMayOperate } from "../../actions/use-may-operate.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { StoppedAccounts } from "../accounts/stopped-accounts.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { GroupList } from "./group-list.tsx";
import { WaitingList } from "./waiting-list.tsx";

const route = getRouteApi("/frame/needs-you");

export function NeedsYouPage() {
  const { t } = useTexts();
  const filter = route.useSearch();
  const mayOperate = useMayOperate();
  return (
    <>
      <PageTitle>{t("page.needsYou")}</PageTitle>
      <FilterBar filter={filter} />
      {!mayOperate && <p className="mb-3 text-soft">{t("act.readOnly")}</p>}
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
