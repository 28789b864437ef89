import type { ReactNode } from "react";
import type { AgentsWire } from "../../../../src/http/admin/agents.ts";
import type { NodesWire } from "../../../../src/http/admin/nodes.ts";
import type { PulseWire } from "../../../../src/http/admin/pulse.ts";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { flowOf, perMinute, slowest } from "./rates.ts";

/** What only a person can end. */
const FOR_A_PERSON: readonly string[] = ["dead", "unknown"];

export function Tile({
  name,
  value,
  isBad = false,
  children,
}: {
  readonly name: string;
  readonly value: ReactNode;
  /** Somebody has to look at it. */
  readonly isBad?: boolean;
  readonly children?: ReactNode;
}) {
  return (
    <dl className="panel flex flex-col p-3">
      <dt className="text-soft">{name}</dt>
      <dd className={`text-2xl font-semibold ${isBad ? "text-bad" : ""}`}>
        {isBad && "▲ "}
        {value}
      </dd>
      {children !== undefined && <dd className="text-soft">{children}</dd>}
    </dl>
  );
}

export function NeedsYouTile({ overview }: { readonly overview: Wire["overview"] }) {
  const { t, number } = useTexts();
  const count = (states: (state: string) => boolean) =>
    overview.waiting.filter(({ state }) => states(state)).reduce((sum, one) => sum + one.count, 0);
  const mine = count((state) => FOR_A_PERSON.includes(state));
  const others = count((state) => !FOR_A_PERSON.includes(state));
  return (
    <Tile name={t("tile.needsYou")} value={<PageLink to="/needs-you?state=dead,unknown">{number(mine)}</PageLink>}>
      {others === 0 ? (
        t("tile.waitsBesides", { count: others })
      ) : (
        <PageLink to="/needs-you?state=parked,pending,sending,ready,leased,collecting">
          {t("tile.waitsBesides", { count: others })}
        </PageLink>
      )}
    </Tile>
  );
}

export function PulseTiles({ pulse }: { readonly pulse: PulseWire }) {
  const { t, number, rate } = useTexts();
  const flow = flowOf(pulse);
  return (
    <>
      <Tile name={t("tile.in")} value={rate(perMinute(flow.in, flow.countedMs))}>
        {t("tile.inTotal", { count: flow.in, copies: flow.duplicates })}
      </Tile>
      <Tile name={t("tile.out")} value={rate(perMinute(flow.out, flow.countedMs))}>
        {t("tile.outTotal", { count: flow.out })}
      </Tile>
      <DurationTile name={t("tile.ack")} times={slowest(pulse, "ack")} />
      <DurationTile name={t("tile.answer")} times={slowest(pulse, "answer")} />
      <Tile name={t("tile.cost")} value={t("tile.freePaid", { free: number(flow.free), paid: number(flow.paid) })}>
        {t("tile.freePaidLong")}
      </Tile>
      <Tile name={t("tile.errors")} value={<PageLink to="/log?level=warn">{number(flow.errors)}</PageLink>} />
    </>
  );
}

function DurationTile({ name, times }: { readonly name: string; readonly times: ReturnType<typeof slowest> }) {
  const { t, duration } = useTexts();
  if (times === null)
    return (
      <Tile name={name} value={t("none")}>
        {t("tile.notMeasured")}
      </Tile>
    );
  return (
    <Tile name={name} value={duration(times.p99)}>
      {t("tile.half", { time: duration(times.p50) })}
    </Tile>
  );
}

export function AgentsTile({ agents: { agents } }: { readonly agents: AgentsWire }) {
  const { t, number } = useTexts();
  const reachable = agents.filter(({ isReachable }) => isReachable).length;
  return (
    <Tile
      name={t("tile.agents")}
      isBad={reachable < agents.length}
      value={t("tile.ofAll", { some: number(reachable), all: number(agents.length) })}
    >
      {t("tile.turns", { count: agents.reduce((sum, { turns }) => sum + turns, 0) })}
    </Tile>
  );
}

export function NodesTile({ nodes: { nodes } }: { readonly nodes: NodesWire }) {
  const { t, number } = useTexts();
  const alive = nodes.filter(({ isAlive }) => isAlive);
  const versions = new Set(alive.map(({ version }) => version ?? t("none")));
  return (
    <Tile name={t("tile.nodes")} value={t("tile.ofAll", { some: number(alive.length), all: number(nodes.length) })}>
      {t("tile.version", { version: [...versions].join(", ") })}
    </Tile>
  );
}
