import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import type { PlatformWire, RunWire, SimulatorWire } from "../../../../src/simulator/console-api/wire.ts";
import { meQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { NotFoundPage } from "../not-found-page.tsx";
import { activeChannel, type SimulatorSearch, screenIdOf, shownPlatforms, withChosen } from "./addresses.ts";
import { Controls } from "./controls.tsx";
import { shownOn, tabsOf } from "./people.ts";
import { Phone } from "./phone.tsx";
import { runQuery } from "./simulator-queries.ts";
import { messageIdsOf } from "./story.ts";
import { StoryStrip } from "./story-strip.tsx";
import { Trouble } from "./trouble.tsx";
import { useSimulator } from "./use-simulator.ts";
import { useStory } from "./use-story.ts";

const route = getRouteApi("/frame/simulator");

/** Where no platform is simulated there is no such page. */
export function SimulatorPage() {
  const { t } = useTexts();
  const me = useQuery(meQuery);
  // While the gateway is down nobody says it, and the simulator's own server answers.
  const isKnown = me.data !== undefined || me.failureReason !== null;
  if (me.data?.hasSimulator === false) return <NotFoundPage />;
  return (
    <>
      <PageTitle>{t("page.simulator")}</PageTitle>
      {isKnown && <Simulated />}
    </>
  );
}

function Simulated() {
  const { t } = useTexts();
  const { simulator, isLive } = useSimulator();
  return (
    <QueryView result={simulator} height="h-96">
      {(state) => (
        <>
          {!isLive && <Bar>{t("simulator.lost")}</Bar>}
          {isLive && state.gateway.state !== "up" && (
            <Bar>{t(state.gateway.state === "frozen" ? "simulator.frozen" : "simulator.down")}</Bar>
          )}
          <Controls simulator={state} />
          <Phones simulator={state} />
        </>
      )}
    </QueryView>
  );
}

function Bar({ children }: { readonly children: string }) {
  return (
    <p role="status" className="mb-3 flex items-center gap-2 rounded bg-warn-soft px-3 py-2 font-medium text-warn">
      <TriangleAlert size={16} aria-hidden className="shrink-0" />
      {children}
    </p>
  );
}

function Phones({ simulator }: { readonly simulator: SimulatorWire }) {
  const search = route.useSearch();
  const run = useShownRun(simulator.run, search.run);
  const shown = shownPlatforms(simulator.platforms, search);
  const channel = activeChannel(shown, search);
  const active = shown.find((platform) => platform.channel === channel);
  if (active === undefined) return null;
  return <InUse simulator={simulator} platforms={shown} active={active} run={run} search={search} />;
}

/** The run whose person is on a phone: the one of the address, else the newest one. */
function useShownRun(newest: RunWire | null, runId: string | undefined): RunWire | null {
  const isOther = runId !== undefined && newest?.runId !== runId;
  const { data } = useQuery({ ...runQuery(runId ?? ""), enabled: isOther });
  return isOther ? (data ?? null) : newest;
}

interface InUseProps {
  readonly simulator: SimulatorWire;
  readonly platforms: readonly PlatformWire[];
  readonly active: PlatformWire;
  readonly run: RunWire | null;
  readonly search: SimulatorSearch;
}

function InUse({ simulator, platforms, active, run, search }: InUseProps) {
  const navigate = route.useNavigate();
  // What is chosen on this page is no step to go back.
  const go = (next: SimulatorSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  const { message: markedId = null, ...unmarked } = search;
  const { channel } = active;
  const screenId = screenIdOf(shownOn(tabsOf(active, run), channel, search)?.played ?? { peerId: "", groupId: null });
  const story = useStory({ channel, screenId, markedId });
  const { told } = story;
  const ofTurn = useMemo(() => (told === null ? new Set<string>() : messageIdsOf(told)), [told]);
  const use = (one: string): SimulatorSearch => (one === channel ? search : { ...unmarked, phone: one });
  return (
    <>
      <PhoneChoice platforms={platforms} active={channel} all={simulator.platforms} onGo={go} search={unmarked} />
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,1fr)_20rem] xl:grid-rows-[auto_1fr]">
        <div className="grid min-w-0 gap-3 lg:auto-cols-fr lg:grid-flow-col">
          {platforms.map((platform) => (
            <Phone
              key={platform.channel}
              platform={platform}
              run={run}
              search={search}
              isActive={platform.channel === channel}
              ofTurn={ofTurn}
              onUse={() => platform.channel !== channel && go(use(platform.channel))}
              onChoose={(played) =>
                go({
                  ...withChosen(unmarked, platform.channel, played),
                  phone: platform.channel,
                  ...(played === null && run !== null ? { run: run.runId } : {}),
                })
              }
              onMark={(message) =>
                go({ ...unmarked, phone: platform.channel, ...(message === null ? {} : { message }) })
              }
            />
          ))}
        </div>
        <StoryStrip story={story} markedId={markedId} onUnmark={() => go(unmarked)} />
        <div className="min-w-0 xl:col-start-2 xl:row-span-2 xl:row-start-1">
          <Trouble
            simulator={simulator}
            platform={active}
            search={search}
            onPlatform={(one) => go(use(one))}
            onRun={({ runId, channel: of, scenario }) =>
              go({ ...withChosen(unmarked, of, null), phone: of, scenario, run: runId })
            }
          />
        </div>
      </div>
    </>
  );
}

interface PhoneChoiceProps {
  readonly platforms: readonly PlatformWire[];
  readonly all: readonly PlatformWire[];
  readonly active: string;
  readonly search: SimulatorSearch;
  onGo(search: SimulatorSearch): void;
}

/** On a narrow screen, which phone is shown; anywhere, the way back to those that the address leaves out. */
function PhoneChoice({ platforms, all, active, search, onGo }: PhoneChoiceProps) {
  const { t } = useTexts();
  const { phones: _, ...withAll } = search;
  return (
    <>
      <fieldset className="mb-3 flex flex-wrap gap-1 lg:hidden" aria-label={t("simulator.phones")}>
        {platforms.map(({ channel, title }) => (
          <button
            key={channel}
            type="button"
            className="control aria-pressed:border-accent aria-pressed:bg-accent-soft"
            aria-pressed={channel === active}
            onClick={() => onGo({ ...search, phone: channel })}
          >
            {title}
          </button>
        ))}
      </fieldset>
      {platforms.length < all.length && (
        <button type="button" className="control mb-3" onClick={() => onGo(withAll)}>
          {t("simulator.allPhones")}
        </button>
      )}
    </>
  );
}
