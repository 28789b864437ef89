import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useRef, useState } from "react";
import type { PlatformWire, RunWire, ScreenWire } from "../../../../src/simulator/console-api/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText, QueryView } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { useNow } from "../../view/use-now.ts";
import { orderOf, says } from "./acts.ts";
import { type Played, type SimulatorSearch, screenIdOf } from "./addresses.ts";
import { Bubble } from "./bubble.tsx";
import { Composer } from "./composer.tsx";
import type { Order } from "./drawn.ts";
import { type PhoneTab, playedOn, type Shown, shownOn, tabsOf } from "./people.ts";
import { act, screenQuery } from "./simulator-queries.ts";

export interface PhoneProps {
  readonly platform: PlatformWire;
  readonly run: RunWire | null;
  readonly search: SimulatorSearch;
  readonly isActive: boolean;
  /** Ids of the messages of the turn whose story is told. */
  readonly ofTurn: ReadonlySet<string>;
  onUse(): void;
  onChoose(played: Played | null): void;
  onMark(messageId: string | null): void;
}

/** One person's phone with one platform's app. */
export function Phone(props: PhoneProps) {
  const { platform, run, search, isActive, onUse, onChoose } = props;
  const { t } = useTexts();
  const tabs = tabsOf(platform, run);
  const shown = shownOn(tabs, platform.channel, search);
  return (
    <section
      aria-label={t("simulator.phone", { platform: platform.title })}
      data-phone={platform.channel}
      className={`h-128 min-w-0 flex-col overflow-hidden rounded-3xl border-4 bg-surface lg:flex ${
        isActive ? "flex border-accent" : "hidden border-line"
      }`}
      onFocus={onUse}
    >
      <h2 className="flex flex-wrap items-baseline justify-between gap-x-2 border-b border-line bg-raised px-4 py-2 font-semibold">
        {platform.title}
        {shown !== null && <ShownName shown={shown} />}
      </h2>
      {shown !== null && <Chat key={screenIdOf(shown.played)} {...props} shown={shown} />}
      <PhoneTabs tabs={tabs} shown={shown} onChoose={onChoose} />
    </section>
  );
}

function ShownName({ shown: { tab, name } }: { readonly shown: Shown }) {
  const { t } = useTexts();
  return (
    <span className="text-xs font-normal text-soft">
      {tab.kind === "run" ? <span>{t("simulator.runPerson")}</span> : <Said>{name ?? ""}</Said>}
    </span>
  );
}

function Chat({ platform, shown, search, isActive, ofTurn, onMark }: PhoneProps & { readonly shown: Shown }) {
  const { channel } = platform;
  const { played } = shown;
  const screen = useQuery(screenQuery(channel, screenIdOf(played)));
  const [failure, setFailure] = useState<Error | null>(null);
  const give = async (order: Order) => {
    onMark(null);
    setFailure(null);
    try {
      await act(channel, orderOf(order, played));
      return true;
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  };
  return (
    <>
      <QueryView result={screen} height="h-64">
        {(given) => (
          <Screen
            platform={platform}
            screen={given}
            name={shown.tab.kind === "group" ? shown.name : null}
            markedId={isActive ? (search.message ?? null) : null}
            ofTurn={isActive ? ofTurn : NONE}
            onMark={onMark}
            onOrder={(order) => void give(order)}
          />
        )}
      </QueryView>
      {failure !== null && (
        <p role="alert" className="border-t border-line px-3 py-1 text-bad">
          <FailureText failure={failure} />
        </p>
      )}
      <div className="mt-auto">
        <Composer platform={platform} onOrder={give} />
      </div>
    </>
  );
}

const NONE: ReadonlySet<string> = new Set();

interface ScreenProps {
  readonly platform: PlatformWire;
  readonly screen: ScreenWire;
  /** Of who plays a member of a group; `null` in a chat of two. */
  readonly name: string | null;
  readonly markedId: string | null;
  readonly ofTurn: ReadonlySet<string>;
  onMark(messageId: string | null): void;
  onOrder(order: Order): void;
}

function Screen({ platform, screen, name, markedId, ofTurn, onMark, onOrder }: ScreenProps) {
  const { t } = useTexts();
  const { entries, typingUntil, isBlocked } = screen;
  const isTyping = useNow() < (typingUntil ?? 0);
  const box = useEndInSight(`${entries.length} ${entries.at(-1)?.messageId} ${isTyping}`);
  return (
    <section
      ref={box}
      aria-label={t("simulator.messages")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: otherwise the keyboard can't scroll it.
      tabIndex={0}
      className="min-h-0 grow overflow-y-auto overflow-x-hidden p-3 focus-visible:-outline-offset-2"
    >
      {entries.length === 0 && (
        <div className="flex h-full flex-col items-center justify-center gap-3 text-center">
          <p className="text-soft">{t("simulator.emptyScreen")}</p>
          <button
            type="button"
            className="control control-main"
            onClick={() => onOrder(says(t("simulator.firstText")))}
          >
            {t("simulator.first")}
          </button>
        </div>
      )}
      <ol className="flex flex-col gap-2">
        {entries.map((entry, index) => (
          <Bubble
            key={`${entry.from} ${entry.messageId}`}
            channel={platform.channel}
            entry={entry}
            isOwn={entry.from === "person" && (name === null || entry.name === name)}
            isNewest={index === entries.length - 1}
            isMarked={entry.messageId === markedId}
            isOfTurn={ofTurn.has(entry.messageId)}
            commands={platform.commands}
            onMark={() => onMark(entry.messageId === markedId ? null : entry.messageId)}
            onOrder={onOrder}
          />
        ))}
        {isTyping && (
          <li className="self-start rounded-2xl bg-raised px-3 py-1.5 text-soft italic">{t("simulator.typing")}</li>
        )}
      </ol>
      {isBlocked && <p className="mt-2 text-center text-xs text-warn">{t("simulator.blocked")}</p>}
    </section>
  );
}

/** Nearer to the end than this it is the end. */
const END_PX = 48;

/** Goes with what is new, unless somebody reads further up. */
function useEndInSight(newest: string) {
  const box = useRef<HTMLElement>(null);
  const heightBefore = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what is new that moves it.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const wasAtEnd = element.scrollTop + element.clientHeight >= heightBefore.current - END_PX;
    heightBefore.current = element.scrollHeight;
    if (wasAtEnd) element.scrollTop = element.scrollHeight;
  }, [newest]);
  return box;
}

interface PhoneTabsProps {
  readonly tabs: readonly PhoneTab[];
  readonly shown: Shown | null;
  onChoose(played: Played | null): void;
}

function PhoneTabs({ tabs, shown, onChoose }: PhoneTabsProps) {
  const { t } = useTexts();
  if (tabs.length < 2) return null;
  return (
    <div className="flex flex-wrap items-center gap-1 border-t border-line bg-raised px-3 py-1.5">
      <fieldset className="flex flex-wrap gap-1" aria-label={t("simulator.people")}>
        {tabs.map((tab) => (
          <button
            key={keyOf(tab)}
            type="button"
            className="control aria-pressed:border-accent aria-pressed:bg-accent-soft"
            aria-pressed={tab === shown?.tab}
            onClick={() => onChoose(playedOn(tab))}
          >
            <TabName tab={tab} />
          </button>
        ))}
      </fieldset>
      {shown?.tab.kind === "group" && <WritesAs tab={shown.tab} played={shown.played} onChoose={onChoose} />}
    </div>
  );
}

function keyOf(tab: PhoneTab): string {
  return tab.kind === "person" ? tab.person.peerId : tab.kind === "group" ? tab.groupId : tab.kind;
}

function TabName({ tab }: { readonly tab: PhoneTab }) {
  const { t } = useTexts();
  if (tab.kind === "person") return <Said>{tab.person.name}</Said>;
  return <span>{t(tab.kind === "group" ? "simulator.group" : "simulator.runPerson")}</span>;
}

interface WritesAsProps {
  readonly tab: Extract<PhoneTab, { readonly kind: "group" }>;
  readonly played: Played;
  onChoose(played: Played): void;
}

/** Which member of the group this phone is. */
function WritesAs({ tab: { groupId, members }, played, onChoose }: WritesAsProps) {
  const { t } = useTexts();
  return (
    <select
      className="control"
      aria-label={t("simulator.writesAs")}
      value={played.peerId}
      onChange={({ target }) => onChoose({ peerId: target.value, groupId })}
    >
      {members.map(({ peerId, name }) => (
        <option key={peerId} value={peerId}>
          {name}
        </option>
      ))}
    </select>
  );
}
