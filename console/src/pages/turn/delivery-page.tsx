import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { itemQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { ItemView } from "./item-view.tsx";
import "./waterfall.css";

const route = getRouteApi("/frame/d/$delivery");

/** A delivery belongs to its turn, and is shown there; a proactive message has none, and stands alone. */
export function DeliveryPage() {
  const { t } = useTexts();
  const router = useRouter();
  const { delivery } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const item = useQuery(itemQuery(delivery));
  const turn = item.data?.item.kind === "delivery" ? item.data.item.turnId : null;
  useEffect(() => {
    if (turn === null) return;
    void router.navigate({ to: "/t/$turn", params: { turn }, search: { span: delivery, ...search }, replace: true });
  }, [router, turn, delivery, search]);
  return (
    <>
      <PageTitle>{t("page.delivery")}</PageTitle>
      <QueryView result={item} height="h-96">
        {(detail) =>
          turn === null && (
            <ItemView
              detail={detail}
              search={search}
              onSearch={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
            />
          )
        }
      </QueryView>
    </>
  );
}
