import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { searchQuery } from "../../client/lists.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { hasPage } from "../pages.ts";
import { addressOfFound, FOUND_KINDS, type Found, onlyPage } from "./found.ts";

const route = getRouteApi("/frame/search");

export function SearchPage() {
  const { t } = useTexts();
  const { q = "" } = route.useSearch();
  const router = useRouter();
  const search = useQuery(searchQuery(q));
  const only = onlyPage(search.data?.found ?? [], hasPage);
  useEffect(() => {
    // In place of this page, so that Back leads to where the search was made.
    if (only !== null) router.history.replace(only);
  }, [only, router]);
  return (
    <>
      <PageTitle>{t("page.search")}</PageTitle>
      {q === "" ? (
        <p className="mb-3">{t("searchPage.nothingAsked")}</p>
      ) : (
        <>
          <p className="mb-3">
            {t("searchPage.asked")} <Said className="font-mono">{q}</Said>
          </p>
          <QueryView result={search}>
            {({ found }) => (found.length === 0 ? <p>{t("searchPage.nothing")}</p> : <Hits found={found} />)}
          </QueryView>
        </>
      )}
      <Limits requestsSince={search.data?.requestsSince ?? null} />
    </>
  );
}

function Hits({ found }: { readonly found: readonly Found[] }) {
  const { t } = useTexts();
  return FOUND_KINDS.map((kind) => {
    const hits = found.filter((one) => one.kind === kind);
    if (hits.length === 0) return null;
    return (
      <section key={kind} className="panel mb-3 p-3">
        <h2 className="mb-2 font-medium">{t(`searchPage.kind.${kind}`, { count: hits.length })}</h2>
        <ul className="flex flex-col gap-2">
          {hits.map((hit) => (
            <li key={hit.id} data-row={hit.id} className="flex flex-wrap items-baseline gap-x-4">
              <PageLink to={addressOfFound(hit)} opensRow>
                <span className="font-mono text-xs">{hit.id}</span>
              </PageLink>
              <Said>{`${hit.conversation.channel}/${hit.conversation.account}`}</Said>
              <Said className="text-soft">{hit.conversation.peerId}</Said>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}

/** What can be found, and what can't and why. */
function Limits({ requestsSince }: { readonly requestsSince: string | null }) {
  const { t, dateTime } = useTexts();
  return (
    <section className="mt-6 max-w-3xl text-soft">
      <h2 className="mb-1 font-medium">{t("searchPage.limits")}</h2>
      <ul className="list-disc ps-5">
        <li>{t("searchPage.limits.ids")}</li>
        <li>{t("searchPage.limits.words")}</li>
        <li>
          {requestsSince === null
            ? t("searchPage.limits.requests")
            : t("searchPage.limits.requestsSince", { at: dateTime(requestsSince) })}
        </li>
        <li>{t("searchPage.limits.deleted")}</li>
      </ul>
    </section>
  );
}
