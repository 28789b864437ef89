import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { itemQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { ItemView } from "./item-view.tsx";
import "./waterfall.css";

const route = getRouteApi("/frame/t/$turn");

export function TurnPage() {
  const { t } = useTexts();
  const { turn } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const item = useQuery(itemQuery(turn));
  return (
    <>
      <PageTitle>{t("page.turn")}</PageTitle>
      <QueryView result={item} height="h-96">
        {(detail) => (
          <ItemView
            detail={detail}
            search={search}
            // Which row is open, and how it is shown, is no step to go back.
            onSearch={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
          />
        )}
      </QueryView>
    </>
  );
}
