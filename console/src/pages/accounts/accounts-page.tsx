import { useQuery } from "@tanstack/react-query";
import { accountsQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { AccountCard } from "./account-card.tsx";

/** More often than elsewhere, in ms: who has just started an account waits for what becomes of it. */
const OFTEN_MS = 5_000;

export function AccountsPage() {
  const { t } = useTexts();
  const accounts = useQuery({ ...accountsQuery, refetchInterval: OFTEN_MS });
  return (
    <>
      <PageTitle>{t("page.accounts")}</PageTitle>
      <QueryView result={accounts} empty={{ is: (value) => value.accounts.length === 0, text: t("accounts.empty") }}>
        {(value) => (
          <ul className="grid gap-3 xl:grid-cols-2">
            {value.accounts.map((one) => (
              <AccountCard key={`${one.channel}/${one.account}`} account={one} />
            ))}
          </ul>
        )}
      </QueryView>
    </>
  );
}
