import type { ReactNode } from "react";
import type { AgentsWire } from "../../../../src/http/admin/agents.ts";
import type { PulseWire } from "../../../../src/http/admin/pulse.ts";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";
import { AccountMark } from "../../view/account-mark.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import { errorsOf, outOf } from "./rates.ts";

type Account = Wire["accounts"]["accounts"][number];
type WaitingRow = Wire["overview"]["waiting"][number];

interface Column {
  readonly name: TextKey;
  readonly isNumber?: boolean;
}

/** A table that scrolls in itself where the screen is too narrow. */
function Table({
  name,
  columns,
  children,
}: {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly children: ReactNode;
}) {
  const { t } = useTexts();
  return (
    <Scrolled name={name} className="overflow-x-auto focus-visible:-outline-offset-2">
      <table className="rows w-full">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={column.isNumber === true ? "number" : ""}>
                {t(column.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scrolled>
  );
}

export function WaitingTable({ waiting }: { readonly waiting: readonly WaitingRow[] }) {
  const { t, number, duration } = useTexts();
  return (
    <Table
      name={t("waiting.title")}
      columns={[
        { name: "waiting.state" },
        { name: "waiting.count", isNumber: true },
        { name: "waiting.oldest", isNumber: true },
      ]}
    >
      {waiting.map(({ state, count, oldestMs }) => (
        <tr key={state}>
          <th scope="row" className="font-normal">
            {t(`state.${state}`)}
          </th>
          <td className="number">
            <PageLink to={`/needs-you?state=${state}`}>{number(count)}</PageLink>
          </td>
          <td className="number">{duration(oldestMs)}</td>
        </tr>
      ))}
    </Table>
  );
}

export function AccountsTable({ accounts }: { readonly accounts: readonly Account[] }) {
  const { t, number } = useTexts();
  return (
    <Table
      name={t("accounts.title")}
      columns={[
        { name: "accounts.account" },
        { name: "accounts.status" },
        { name: "accounts.quota" },
        { name: "accounts.waiting", isNumber: true },
      ]}
    >
      {accounts.map((one) => (
        <tr key={`${one.channel}/${one.account}`}>
          <th scope="row" className="font-normal">
            <PageLink to="/accounts">
              <Said>{`${one.channel}/${one.account}`}</Said>
            </PageLink>
          </th>
          <td>
            <AccountStatus account={one} />
          </td>
          <td>
            <Quota account={one} />
          </td>
          <td className="number">
            <PageLink
              to={`/needs-you?${new URLSearchParams({ state: "pending", channel: one.channel, account: one.account })}`}
            >
              {number(one.waiting)}
            </PageLink>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function AccountStatus({ account: { status, stopped, isConfigured } }: { readonly account: Account }) {
  const { t, dateTime } = useTexts();
  return (
    <>
      <AccountMark status={status} />
      {!isConfigured && <span className="block text-soft">{t("account.notConfigured")}</span>}
      {stopped !== null && (
        <span className="block min-w-32 wrap-anywhere text-soft">
          <Said>{stopped.reason}</Said> {dateTime(stopped.at)}
        </span>
      )}
    </>
  );
}

function Quota({ account: { quota } }: { readonly account: Account }) {
  const { t, number } = useTexts();
  const text =
    quota.kind === "limited" && quota.limit !== null
      ? t("quota.limited", { left: number(quota.left), limit: number(quota.limit) })
      : t(quota.kind === "none" ? "quota.none" : "quota.unknown");
  return quota.exhausted ? <span className="font-semibold text-bad">▲ {t("quota.exhausted")}</span> : text;
}

export function AgentsTable({ agents: { agents } }: { readonly agents: AgentsWire }) {
  const { t, number, duration } = useTexts();
  return (
    <Table
      name={t("agents.title")}
      columns={[
        { name: "agents.agent" },
        { name: "agents.status" },
        { name: "agents.turns", isNumber: true },
        { name: "agents.freePlaces", isNumber: true },
        { name: "agents.lastCall", isNumber: true },
      ]}
    >
      {agents.map((agent) => (
        <tr key={agent.name}>
          <th scope="row" className="font-normal">
            <Said>{agent.name}</Said> <span className="text-soft">{agent.transports.join(", ")}</span>
          </th>
          <td className={agent.isReachable ? "" : "font-semibold text-bad"}>
            {agent.isReachable ? t("agent.reachable") : `▲ ${t("agent.notReachable")}`}
          </td>
          <td className="number">{number(agent.turns)}</td>
          <td className="number">{number(agent.freePlaces)}</td>
          <td className="number">{agent.lastCall === null ? t("none") : duration(agent.lastCall.tookMs)}</td>
        </tr>
      ))}
    </Table>
  );
}

export function PlatformsTable({ pulse }: { readonly pulse: PulseWire }) {
  const { t, number, duration } = useTexts();
  const shown = (ms: number | null) => (ms === null ? t("none") : duration(ms));
  const columns = ["flow.in", "flow.copies", "flow.out", "flow.errors", "times.ack", "times.answer"] as const;
  return (
    <Table
      name={t("platforms.title")}
      columns={[{ name: "platforms.platform" }, ...columns.map((name) => ({ name, isNumber: true }))]}
    >
      {pulse.channels.map((channel) => (
        <tr key={channel.channel}>
          <th scope="row" className="font-normal">
            <Said>{channel.channel}</Said>
          </th>
          <td className="number">{number(channel.in.total)}</td>
          <td className="number">{number(channel.duplicates.total)}</td>
          <td className="number">{number(outOf(channel))}</td>
          <td className="number">{number(errorsOf(channel))}</td>
          <td className="number">{shown(channel.times.ack.p99)}</td>
          <td className="number">{shown(channel.times.answer.p99)}</td>
        </tr>
      ))}
    </Table>
  );
}
