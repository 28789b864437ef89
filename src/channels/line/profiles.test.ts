/** Goal: names are cached, and an error is no name. Method: LINE's simulator behind a counted route. */
import { expect, test } from "vitest";
import { ACCESS_TOKEN, simulatedLine } from "../../../test/support/simulated-line.ts";
import { longLivedToken } from "./api/tokens.ts";
import { createLineApi } from "./api.ts";
import { createProfiles } from "./profiles.ts";

const HOUR = 3_600_000;
const inChat = (peerId: string) => ({ channel: "line", account: "default", kind: "user", peerId }) as const;

function lookingUp(token = ACCESS_TOKEN) {
  const simulated = simulatedLine();
  const { line, clock } = simulated;
  const api = createLineApi(line.platformClient({ clock, sendTimeoutMs: 1_000 }), longLivedToken(token));
  const profiles = createProfiles(api, clock);
  return { ...simulated, profiles, asked: () => line.calls.map(({ path }) => path) };
}

test("names come from LINE's endpoints for a chat, a group and a room", async () => {
  const { line, profiles, asked } = lookingUp();
  await line.person("Uann").says("hi");
  line.group("Cteam", ["Ubob"]);
  line.room("Rhall", ["Ucy"]).person("Ucy");
  const place = { channel: "line", account: "default" };
  line.person("Ubob");
  expect(await profiles.nameOf(inChat("Uann"), "Uann")).toBe("Person Uann");
  expect(await profiles.nameOf({ ...place, kind: "group", peerId: "Cteam" }, "Ubob")).toBe("Person Ubob");
  expect(await profiles.nameOf({ ...place, kind: "room", peerId: "Rhall" }, "Ucy")).toBe("Person Ucy");
  expect(await profiles.nameOf({ ...place, kind: "group", peerId: "Cteam" }, "Uann")).toBeNull();
  expect(asked()).toEqual([
    "/v2/bot/profile/Uann",
    "/v2/bot/group/Cteam/member/Ubob",
    "/v2/bot/room/Rhall/member/Ucy",
    "/v2/bot/group/Cteam/member/Uann",
  ]);
});

test("a name is asked for once a day, also by many at once; one that isn't known, again after a minute", async () => {
  const { line, clock, profiles, asked } = lookingUp();
  line.person("Uann");
  const ask = (id: string) => profiles.nameOf(inChat(id), id);
  expect(new Set(await Promise.all(Array.from({ length: 10 }, () => ask("Uann"))))).toEqual(new Set(["Person Uann"]));
  await clock.advance(23 * HOUR);
  await ask("Uann");
  expect(asked()).toHaveLength(1);
  await clock.advance(HOUR);
  await ask("Uann");
  expect(asked()).toHaveLength(2);
  expect([await ask("Unobody"), await ask("Unobody")]).toEqual([null, null]);
  expect(asked()).toHaveLength(3);
  await clock.advance(60_000);
  await ask("Unobody");
  expect(asked()).toHaveLength(4);
});

test("the cache is bounded and keeps the most recently used", async () => {
  const { line, profiles, asked } = lookingUp();
  line.person("Uann");
  const ask = (id: string) => profiles.nameOf(inChat(id), id);
  await ask("Uann");
  for (let index = 0; index < 9_999; index += 1) await ask(`Uother${index}`);
  await ask("Uann");
  await ask("Uone-more");
  const before = asked().length;
  await ask("Uann");
  expect(asked()).toHaveLength(before);
  await ask("Uother0");
  expect(asked()).toHaveLength(before + 1);
});

test("a token that LINE refuses, or a cut connection, is no name", async () => {
  const { profiles } = lookingUp("wrong");
  expect(await profiles.nameOf(inChat("Uann"), "Uann")).toBeNull();
  const cut = lookingUp();
  cut.line.person("Uann");
  cut.line.faults.next("profile", { at: "after-accept", how: "disconnect" });
  expect(await cut.profiles.nameOf(inChat("Uann"), "Uann")).toBeNull();
});
