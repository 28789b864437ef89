import type { ReactNode } from "react";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { AccountMark } from "../../view/account-mark.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";
import { StartAgain } from "./start-again.tsx";

type Account = Wire["accounts"]["accounts"][number];

export function AccountCard({ account }: { readonly account: Account }) {
  const { t, number } = useTexts();
  const { status, isConfigured, waiting } = account;
  return (
    <li className="panel min-w-0 p-3" aria-label={`${account.channel}/${account.account}`}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-base font-semibold">
          <Said>{`${account.channel}/${account.account}`}</Said>
        </h2>
        <StartAgain account={account} />
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <Fact name={t("accounts.status")}>
          <AccountMark status={status} />
          {!isConfigured && <span className="block text-soft">{t("account.notConfigured")}</span>}
        </Fact>
        <Stop account={account} />
        <Fact name={t("accounts.waiting")}>
          <PageLink
            to={`/needs-you?${new URLSearchParams({ state: "pending", channel: account.channel, account: account.account })}`}
          >
            {number(waiting)}
          </PageLink>
        </Fact>
        <Limits account={account} />
        <Receipts account={account} />
      </dl>
    </li>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** Why it was stopped, and when the gateway asks the platform about it again. */
function Stop({ account: { stopped, check } }: { readonly account: Account }) {
  const { t, dateTime } = useTexts();
  return (
    <>
      {stopped !== null && (
        <>
          <Fact name={t("accountsPage.stoppedAt")}>{dateTime(stopped.at)}</Fact>
          <Fact name={t("accountsPage.reason")}>
            <Said>{stopped.reason}</Said>
          </Fact>
        </>
      )}
      {check !== null && (
        <Fact name={t("accountsPage.check")}>
          {t("accountsPage.checkAt", { at: dateTime(check.nextAt), count: check.made })}
          {check.said !== null && <Said className="block text-soft">{check.said}</Said>}
        </Fact>
      )}
    </>
  );
}

function Limits({ account }: { readonly account: Account }) {
  const { t, number, dateTime } = useTexts();
  const { quota, slowUntil, templateRefused } = account;
  const left =
    quota.kind === "limited" && quota.limit !== null
      ? t("quota.limited", { left: number(quota.left), limit: number(quota.limit) })
      : t(quota.kind === "none" ? "quota.none" : "quota.unknown");
  return (
    <>
      <Fact name={t("accounts.quota")}>
        {quota.exhausted || account.isOutOfQuota ? (
          <span className="font-semibold text-bad">▲ {t("quota.exhausted")}</span>
        ) : (
          left
        )}
      </Fact>
      {slowUntil !== null && <Fact name={t("accountsPage.slowUntil")}>{dateTime(slowUntil)}</Fact>}
      {templateRefused !== null && (
        <Fact name={t("accountsPage.templateRefused")}>
          {dateTime(templateRefused.at)} <Said className="block text-soft">{templateRefused.reason}</Said>
        </Fact>
      )}
    </>
  );
}

/** Whether the platform reports what became of messages, as far as it does at all. */
function Receipts({ account: { receipts } }: { readonly account: Account }) {
  const { t, dateTime } = useTexts();
  if (receipts === null) return null;
  const { lastAt, run } = receipts;
  return (
    <Fact name={t("accountsPage.receipts")}>
      {lastAt === null ? t("accountsPage.receipts.none") : t("accountsPage.receipts.last", { at: dateTime(lastAt) })}
      {run > 0 && <span className="block text-soft">{t("accountsPage.receipts.run", { count: run })}</span>}
    </Fact>
  );
}
