/** Goal: a list that is read stands still, and ends only where the gateway's does. Method: pages before and after news. */
import { expect, test } from "vitest";
import {
  collectPage,
  countChanges,
  type Page,
  peerName,
  type Row,
  shownAnew,
  withNewest,
  withOlder,
} from "./list-model.ts";

const row = (id: string, needsOperator = false): Row => ({
  conversation: { conversationId: id, channel: "line", account: "default", kind: "user", peerId: `U${id}` },
  newestTurn: null,
  pausedUntil: null,
  lastAt: "2026-12-01T00:00:00.000Z",
  lastDirection: "in",
  needsOperator,
  senders: [],
});
const page = (ids: string, next: string | null = null): Page => ({ items: [...ids].map((id) => row(id)), next });
const idsOf = (rows: readonly Row[]) => rows.map(({ conversation }) => conversation.conversationId).join("");

test("short and empty pages are gone on from, until there are none", async () => {
  const pages = new Map([
    [null, page("a", "1")],
    ["1", page("", "2")],
    ["2", page("bc", null)],
  ]);
  const asked: (string | null)[] = [];
  const got = await collectPage(async (before) => {
    asked.push(before);
    return pages.get(before) ?? page("");
  }, null);
  expect([idsOf(got.items), got.next, asked]).toEqual(["abc", null, [null, "1", "2"]]);
});

test("a filter that lets nothing through isn't followed through the whole history at once", async () => {
  let asked = 0;
  const got = await collectPage(async () => {
    asked += 1;
    return page("", String(asked));
  }, null);
  expect([asked, got.next]).toEqual([8, "8"]);
});

test("what is shown stays in its place, with what is new of it", () => {
  const shown = withNewest(undefined, page("abc"));
  const after = withNewest(shown, { items: [row("d"), row("c", true), row("a"), row("b")], next: null });
  expect(idsOf(after.rows)).toBe("abc");
  expect(after.rows[2]?.needsOperator).toBe(true);
  expect(countChanges(after)).toBe(2);
  expect(idsOf(shownAnew(after).rows)).toBe("dcab");
  expect(countChanges(shownAnew(after))).toBe(0);
});

test("what a filter no longer lets through is counted, and what is beyond the newest page isn't", () => {
  const shown = withOlder(withNewest(undefined, page("abc", "1")), page("de"));
  expect(countChanges(withNewest(shown, page("acd", "1")))).toBe(1);
  expect(countChanges(withNewest(shown, page("abc", "1")))).toBe(0);
  expect(countChanges(withNewest(shown, page("ab")))).toBe(3);
});

test("one that moves up from far below is one change, and what lies between hasn't gone", () => {
  const shown = withOlder(withNewest(undefined, page("abc", "1")), page("defgh", "2"));
  expect(countChanges(withNewest(shown, page("gab", "1")))).toBe(1);
  expect(countChanges(withNewest(shown, page("agb", "1")))).toBe(1);
  expect(countChanges(withNewest(shown, page("xhg", "1")))).toBe(3);
  expect(countChanges(withNewest(shown, page("xyz", "1")))).toBe(3);
});

test("an empty list shows the first that comes", () => {
  expect(idsOf(withNewest(withNewest(undefined, page("")), page("a")).rows)).toBe("a");
});

test("no conversation is listed twice", () => {
  expect(idsOf(withOlder(withNewest(undefined, page("ab", "1")), page("bc")).rows)).toBe("abc");
});

test("a person is called by their name, a group by its id", () => {
  const { conversation } = row("a");
  expect(peerName({ conversation, senders: [{ id: "Ua", name: "Ann" }] })).toBe("Ann");
  expect(peerName({ conversation, senders: [{ id: "Ua", name: " " }] })).toBe("Ua");
  expect(peerName({ conversation: { ...conversation, kind: "group" }, senders: [{ id: "U1", name: "Ann" }] })).toBe(
    "Ua",
  );
});
