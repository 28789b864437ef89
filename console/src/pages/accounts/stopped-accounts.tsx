import { useQuery } from "@tanstack/react-query";
import { accountsQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";

/** A stopped account needs a person, too, and all that waits behind it isn't in the usual states. */
export function StoppedAccounts() {
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
