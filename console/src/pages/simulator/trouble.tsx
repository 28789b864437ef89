/** What can go wrong, one click each, and what came of it. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import type { PlatformWire, RunWire, SimulatorWire } from "../../../../src/simulator/console-api/wire.ts";
import { ApiProblem } from "../../client/problem.ts";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText, QueryView } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import type { SimulatorSearch } from "./addresses.ts";
import { ArmedFaults } from "./armed-faults.tsx";
import { outcomeOf } from "./run-steps.ts";
import { RunView } from "./run-view.tsx";
import { scenarioTitle } from "./scenario-titles.ts";
import { runQuery, startRun } from "./simulator-queries.ts";

interface TroubleProps {
  readonly simulator: SimulatorWire;
  readonly platform: PlatformWire;
  readonly search: SimulatorSearch;
  onPlatform(channel: string): void;
  onRun(run: RunWire): void;
}

export function Trouble({ simulator: { platforms, run }, platform, search, onPlatform, onRun }: TroubleProps) {
  const { t } = useTexts();
  const start = useMutation({
    mutationFn: (scenario: string) => startRun(platform.channel, scenario),
    onSuccess: onRun,
  });
  const underWay = run !== null && outcomeOf(run) === "underWay" ? run : null;
  const isBusy = underWay !== null || start.isPending;
  return (
    <section aria-labelledby="trouble" className="panel flex min-w-0 flex-col">
      <div className="flex flex-wrap items-center justify-between gap-2 p-3 pb-1">
        <h2 id="trouble" className="text-base font-semibold">
          {t("simulator.trouble")}
        </h2>
        <select
          className="control"
          aria-label={t("simulator.platform")}
          value={platform.channel}
          onChange={({ target }) => onPlatform(target.value)}
        >
          {platforms.map(({ channel, title }) => (
            <option key={channel} value={channel}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <p className="px-3 text-xs text-soft">{t("simulator.trouble.hint")}</p>
      {underWay !== null && <Running run={underWay} platforms={platforms} />}
      {start.error !== null && (
        <p role="alert" className="px-3 text-bad">
          <FailureText failure={start.error} />
        </p>
      )}
      <Scrolled
        name={t("simulator.scenarios")}
        className="m-3 max-h-80 overflow-y-auto focus-visible:-outline-offset-2"
      >
        <ul className="grid gap-1 p-1 sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-1">
          {platform.scenarios.map((one) => (
            <ScenarioButton
              key={one.id}
              scenario={one}
              isCurrent={search.scenario === one.id}
              isBusy={isBusy}
              onStart={() => start.mutate(one.id)}
            />
          ))}
        </ul>
      </Scrolled>
      <ArmedFaults platforms={platforms} />
      <ShownRun newest={run} runId={search.run} platforms={platforms} />
    </section>
  );
}

function Running({ run, platforms }: { readonly run: RunWire; readonly platforms: readonly PlatformWire[] }) {
  const { t } = useTexts();
  const title = scenarioTitle(run.titleKey);
  const platform = titleOf(platforms, run);
  return (
    <p className="px-3 pt-1 font-medium text-in">
      {t("simulator.running", { platform, title: title === null ? run.scenario : t(title) })}
    </p>
  );
}

const titleOf = (platforms: readonly PlatformWire[], { channel: of }: RunWire) =>
  platforms.find(({ channel }) => channel === of)?.title ?? of;

interface ScenarioButtonProps {
  readonly scenario: PlatformWire["scenarios"][number];
  readonly isCurrent: boolean;
  readonly isBusy: boolean;
  onStart(): void;
}

/** While another one runs it does nothing, and keeps the focus. */
function ScenarioButton({ scenario: { id, titleKey }, isCurrent, isBusy, onStart }: ScenarioButtonProps) {
  const { t } = useTexts();
  const title = scenarioTitle(titleKey);
  return (
    <li>
      <button
        type="button"
        data-scenario={id}
        aria-disabled={isBusy}
        aria-current={isCurrent ? "true" : undefined}
        className="control w-full text-start aria-[current]:border-accent aria-disabled:cursor-default aria-disabled:border-dashed aria-disabled:text-soft"
        onClick={() => !isBusy && onStart()}
      >
        <Play size={14} aria-hidden className="shrink-0" />
        {title === null ? <Said>{id}</Said> : t(title)}
      </button>
    </li>
  );
}

/** The run of the address, else the newest. */
function ShownRun({
  newest,
  runId,
  platforms,
}: {
  readonly newest: RunWire | null;
  readonly runId: string | undefined;
  readonly platforms: readonly PlatformWire[];
}) {
  const { t } = useTexts();
  const isOther = runId !== undefined && newest?.runId !== runId;
  const other = useQuery({ ...runQuery(runId ?? ""), enabled: isOther });
  if (isOther) {
    const isGone = other.error instanceof ApiProblem && other.error.facts.status === 404;
    return (
      <div className="border-t border-line">
        {isGone ? (
          <p className="p-3 text-soft">{t("simulator.run.gone")}</p>
        ) : (
          <QueryView result={other}>{(run) => <RunView run={run} platform={titleOf(platforms, run)} />}</QueryView>
        )}
      </div>
    );
  }
  if (newest === null) return null;
  return (
    <div className="border-t border-line">
      <RunView run={newest} platform={titleOf(platforms, newest)} />
    </div>
  );
}
