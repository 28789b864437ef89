/** Goal: an address says whose phones are shown, so that a reload and a link show the same. Method: examples, fast-check. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PlatformWire, RunWire } from "../../../../src/simulator/console-api/wire.ts";
import { activeChannel, chosenOn, screenIdOf, shownPlatforms, simulatorSearchOf, withChosen } from "./addresses.ts";
import { playedOn, shownOn, tabsOf } from "./people.ts";

const person = (peerId: string, groupId: string | null = null) => ({ peerId, name: `the one of ${peerId}`, groupId });
const platform = (channel: string, people = [person("1")]): PlatformWire => ({
  channel,
  title: channel,
  people,
  scenarios: [],
  faults: [],
  commands: [],
});
const platforms = [platform("line"), platform("messenger"), platform("whatsapp")];
const channelsOf = (phones?: string) =>
  shownPlatforms(platforms, phones === undefined ? {} : { phones }).map(({ channel }) => channel);

test("an address names phones in the platforms' order, and without a good name all are shown", () => {
  expect(channelsOf("whatsapp,line")).toEqual(["line", "whatsapp"]);
  expect(channelsOf("pigeon")).toEqual(["line", "messenger", "whatsapp"]);
  expect(channelsOf()).toEqual(["line", "messenger", "whatsapp"]);
});

test("the phone in use is the one that is named, if it is shown, else the first", () => {
  expect(activeChannel(platforms, { phone: "whatsapp" })).toBe("whatsapp");
  expect(activeChannel([platform("line")], { phone: "whatsapp" })).toBe("line");
  expect(activeChannel([], {})).toBeNull();
});

test("what isn't text, is empty or too long is left out of an address", () => {
  expect(simulatorSearchOf({ phone: "line", run: 7, scenario: "", people: "x".repeat(401), other: "x" })).toEqual({
    phone: "line",
  });
});

const id = fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/);
const played = fc.record({ peerId: id, groupId: fc.option(id) });

test("who was chosen on each phone is found again, whoever was chosen on the others", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("line", "messenger", "whatsapp"), played), played, (all, again) => {
      const search = Object.entries(all).reduce((before, [channel, one]) => withChosen(before, channel, one), {});
      for (const [channel, one] of Object.entries(all)) expect(chosenOn(channel, search)).toEqual(one);
      const changed = withChosen(search, "line", again);
      expect(chosenOn("line", changed)).toEqual(again);
      expect(chosenOn("messenger", changed)).toEqual(all.messenger ?? null);
      expect(chosenOn("line", withChosen(changed, "line", null))).toBeNull();
    }),
  );
});

const line = platform("line", [person("Uann"), person("Uben"), person("Uann", "C1"), person("Ucleo", "C1")]);
const run = { runId: "run_1", channel: "line", peerId: "Urun", verdict: null, failure: null } as RunWire;

test("a phone has a tab for each person, one for the group, and one for the run's person", () => {
  expect(tabsOf(line, run).map(({ kind }) => kind)).toEqual(["person", "person", "group", "run"]);
  expect(tabsOf(platforms[1] ?? line, run).map(({ kind }) => kind)).toEqual(["person"]);
  expect(tabsOf(line, { ...run, peerId: null }).map(({ kind }) => kind)).toEqual(["person", "person", "group"]);
});

test("a phone shows who was chosen, else the person of the run that goes on or is in the address, else the first", () => {
  const tabs = tabsOf(line, run);
  expect(shownOn(tabs, "line", {})?.played.peerId).toBe("Urun");
  expect(shownOn(tabsOf(line, null), "line", {})?.played.peerId).toBe("Uann");
  const ended = tabsOf(line, { ...run, failure: "it is over" });
  expect(shownOn(ended, "line", {})?.played.peerId).toBe("Uann");
  expect(shownOn(ended, "line", { run: "run_1" })?.played.peerId).toBe("Urun");
  expect(shownOn(ended, "line", { run: "run_2" })?.played.peerId).toBe("Uann");
  const chosen = shownOn(tabs, "line", withChosen({}, "line", { peerId: "Ucleo", groupId: "C1" }));
  expect(chosen).toMatchObject({ tab: { kind: "group" }, name: "the one of Ucleo" });
  expect(screenIdOf(chosen?.played ?? { peerId: "", groupId: null })).toBe("C1");
  expect(shownOn(tabs, "line", { people: "line~Unobody" })?.tab.kind).toBe("run");
  expect(shownOn([], "line", {})).toBeNull();
});

test("choosing a tab shows that tab", () => {
  for (const tab of tabsOf(line, run)) {
    const search = withChosen({ people: "line~Uben" }, "line", playedOn(tab));
    expect(shownOn(tabsOf(line, run), "line", search)?.tab).toEqual(tab);
  }
});
