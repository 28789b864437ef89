import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { PulseWire } from "../../../../src/http/admin/pulse.ts";
import {
  accountsQuery,
  agentsQuery,
  nodesQuery,
  overviewQuery,
  type PulseSpan,
  pulseQuery,
} from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { Failures, QueryView } from "../../view/query-view.tsx";
import { StoppedAccounts } from "../accounts/stopped-accounts.tsx";
import { AccountsTable, AgentsTable, PlatformsTable, WaitingTable } from "./lists.tsx";
import { RatesChart } from "./rates-chart.tsx";
import { AgentsTile, NeedsYouTile, NodesTile, PulseTiles } from "./tiles.tsx";

const route = getRouteApi("/frame/overview");

export function OverviewPage() {
  const { t } = useTexts();
  const { window = "15m" } = route.useSearch();
  const overview = useQuery(overviewQuery);
  const pulse = useQuery(pulseQuery(window));
  const agents = useQuery(agentsQuery);
  const nodes = useQuery(nodesQuery);
  const accounts = useQuery(accountsQuery);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <PageTitle>{t("page.overview")}</PageTitle>
        <SpanChoice window={window} />
      </div>
      <Failures results={[overview, pulse, agents, nodes, accounts]} />
      <StoppedAccounts />
      {pulse.data !== undefined && <CountedSince pulse={pulse.data} />}
      <Tiles window={window} />
      <Lists window={window} />
    </>
  );
}

function Tiles({ window }: { readonly window: PulseSpan }) {
  const overview = useQuery(overviewQuery);
  const pulse = useQuery(pulseQuery(window));
  const agents = useQuery(agentsQuery);
  const nodes = useQuery(nodesQuery);
  return (
    <div className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-5">
      <QueryView isToldAbove result={overview} height="h-24">
        {(value) => <NeedsYouTile overview={value} />}
      </QueryView>
      <QueryView isToldAbove result={pulse} height="h-24">
        {(value) => <PulseTiles pulse={value} />}
      </QueryView>
      <QueryView isToldAbove result={agents} height="h-24">
        {(value) => <AgentsTile agents={value} />}
      </QueryView>
      <QueryView isToldAbove result={nodes} height="h-24">
        {(value) => <NodesTile nodes={value} />}
      </QueryView>
    </div>
  );
}

function Lists({ window }: { readonly window: PulseSpan }) {
  const { t } = useTexts();
  const overview = useQuery(overviewQuery);
  const pulse = useQuery(pulseQuery(window));
  const agents = useQuery(agentsQuery);
  const accounts = useQuery(accountsQuery);
  return (
    <div className="grid gap-4 xl:grid-cols-[3fr_2fr]">
      <div className="panel min-w-0">
        <QueryView isToldAbove result={pulse} height="h-56">
          {(value) => <RatesChart pulse={value} />}
        </QueryView>
      </div>
      <Section title={t("waiting.title")}>
        <QueryView
          isToldAbove
          result={overview}
          empty={{ is: ({ waiting }) => waiting.every(({ count }) => count === 0), text: t("waiting.empty") }}
        >
          {({ waiting }) => <WaitingTable waiting={waiting.filter(({ count }) => count > 0)} />}
        </QueryView>
      </Section>
      <Section title={t("platforms.title")}>
        <QueryView isToldAbove result={pulse}>
          {(value) => <PlatformsTable pulse={value} />}
        </QueryView>
      </Section>
      <Section title={t("agents.title")}>
        <QueryView
          isToldAbove
          result={agents}
          empty={{ is: (value) => value.agents.length === 0, text: t("agents.empty") }}
        >
          {(value) => <AgentsTable agents={value} />}
        </QueryView>
      </Section>
      <Section title={t("accounts.title")}>
        <QueryView
          isToldAbove
          result={accounts}
          empty={{ is: (value) => value.accounts.length === 0, text: t("accounts.empty") }}
        >
          {(value) => <AccountsTable accounts={value.accounts} />}
        </QueryView>
      </Section>
    </div>
  );
}

/** The counts are the processes' own, and begin anew with them. */
function CountedSince({ pulse: { since, from } }: { readonly pulse: PulseWire }) {
  const { t, time } = useTexts();
  if (Date.parse(since) <= Date.parse(from)) return null;
  return <p className="mb-3 text-soft">{t("pulse.since", { at: time(since) })}</p>;
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="panel min-w-0">
      <h2 className="px-3 pt-3 pb-1 font-medium">{title}</h2>
      {children}
    </section>
  );
}

function SpanChoice({ window }: { readonly window: PulseSpan }) {
  const { t } = useTexts();
  const router = useRouter();
  return (
    <select
      className="control mb-3"
      aria-label={t("span")}
      value={window}
      onChange={({ target }) =>
        void router.navigate({ to: "/overview", search: target.value === "1h" ? { window: "1h" } : {} })
      }
    >
      <option value="15m">{t("span.15m")}</option>
      <option value="1h">{t("span.1h")}</option>
    </select>
  );
}
