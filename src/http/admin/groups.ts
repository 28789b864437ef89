/** `GET /api/waiting/groups`: what waits for a person, by why. */
import type { Hono } from "hono";
import { z } from "zod";
import type { Deps } from "../../pipeline/deps.ts";
import type { WaitingItem } from "../../store/operator.ts";
import { readQuery } from "./read-query.ts";
import { itemKind, list, QUERIES, state, time, waitingQueryOf } from "./wire.ts";

/** The newest so many items are grouped: no count costs more than their reading. */
export const GROUPED_MAX = 1_000;

/** As of `/api/waiting`, so that a link to a group's rows is the same query. */
const QUERY = QUERIES.waiting.omit({ limit: true, before: true }).extend({ by: z.literal("reason") });

export const GROUPS = z.object({
  by: z.literal("reason"),
  /** What was grouped: the newest `items`; `isWhole`: there are no others. */
  window: z.object({
    items: z.int(),
    max: z.int(),
    isWhole: z.boolean(),
    oldest: time.nullable(),
    newest: time.nullable(),
  }),
  /** The largest first. */
  groups: list(
    z.object({
      /** The newest item's own; those of a group differ in ids and long numbers only. `null`: none is recorded. */
      reason: z.string().nullable(),
      kind: itemKind,
      channel: z.string(),
      count: z.int(),
      states: list(z.object({ state, count: z.int() })),
      /** Since when the oldest and the newest of it wait. */
      oldest: time,
      newest: time,
    }),
  ),
});
/** As it is on the wire. */
export type GroupsWire = z.input<typeof GROUPS>;

export function mountGroups(api: Hono, { store, settings }: Pick<Deps, "store" | "settings">): void {
  api.get("/waiting/groups", async (c) => {
    const query = readQuery(c, QUERY, ["state", "why"]);
    if (query instanceof Response) return query;
    const { by, ...rest } = query;
    const newest = waitingQueryOf({ ...rest, limit: GROUPED_MAX, before: null });
    const { items, next } = await store.listWaiting({ ...newest, unknownWaitMs: settings.unknownWaitMs });
    const window = { items: items.length, max: GROUPED_MAX, isWhole: next === null, ...spanOf(items) };
    return c.json(z.encode(GROUPS, { by, window, groups: groupsOf(items) }));
  });
}

function groupsOf(items: readonly WaitingItem[]) {
  const groups = Map.groupBy(items, ({ kind, conversation, reason }) =>
    JSON.stringify([kind, conversation.channel, reason === null ? null : groupingKeyOf(reason)]),
  );
  return [...groups.values()]
    .flatMap((group) => {
      const [newest] = group;
      if (newest === undefined) return [];
      const { reason, kind, conversation } = newest;
      const states = [...Map.groupBy(group, (item) => item.state)].map(([of, same]) => ({
        state: of,
        count: same.length,
      }));
      const span = { oldest: group.at(-1)?.since ?? newest.since, newest: newest.since };
      return [{ reason, kind, channel: conversation.channel, count: group.length, states, ...span }];
    })
    .toSorted((a, b) => b.count - a.count || b.newest - a.newest);
}

/** The items are in order, the newest first. */
function spanOf(items: readonly WaitingItem[]) {
  return { newest: items[0]?.since ?? null, oldest: items.at(-1)?.since ?? null };
}

/** Ids (also those in which redaction has left a part out), and numbers of seven digits and more, differ from item to item. An error's code is shorter (WhatsApp: 131026). */
const ID = /[0-9a-f]{8}-[0-9a-f…-]{15,27}|\b[a-z]+_[0-9a-z]{16,}\b|\b(?=[0-9a-z]*\d)[0-9a-z]{16,}\b|\b\d{7,}\b/gi;

function groupingKeyOf(reason: string): string {
  return reason.replace(ID, "…");
}
