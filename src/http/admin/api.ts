import { Hono } from "hono";
import { z } from "zod";
import { REFUSAL_MESSAGES } from "../../core/advice.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { Unavailable } from "../../core/errors.ts";
import type { Deps } from "../../pipeline/deps.ts";
import type { EventDuplicates } from "../../runtime/duplicates.ts";
import type { EventFeed } from "../../runtime/event-feed.ts";
import { reasonOf } from "../../runtime/log.ts";
import { parse } from "../../runtime/parse-json.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import { workingAccount } from "../../store/operator.ts";
import { type AgentsDeps, mountAgents } from "./agents.ts";
import { withDuplicates } from "./duplicates.ts";
import { mountEventFeed } from "./event-feed.ts";
import { mountEventMedia } from "./event-media.ts";
import { mountGroups } from "./groups.ts";
import { actorOf } from "./guard.ts";
import { limit, onlyJson } from "./json-body.ts";
import { mountMe } from "./me.ts";
import { mountNodes } from "./nodes.ts";
import { type OperatorActionDeps, performAccountStart, performItemAction } from "./operator-action.ts";
import { mountPauses } from "./pause.ts";
import { problem } from "./problem.ts";
import { mountPulse, type PulseDeps } from "./pulse.ts";
import { quotaOf } from "./quota.ts";
import { readQuery } from "./read-query.ts";
import { checkWords, wantsWords, withoutWords } from "./redact.ts";
import { mountRehearsals, type RehearsalDeps } from "./rehearse.ts";
import { ORDER, QUERIES, START_ACCOUNT, WIRE, waitingQueryOf, withAdvice } from "./wire.ts";

export type AdminDeps = OperatorActionDeps &
  PulseDeps &
  AgentsDeps &
  RehearsalDeps & { readonly eventDuplicates: EventDuplicates } & Pick<
    Deps,
    "channels" | "agent" | "clock" | "quota" | "ownership" | "stopping" | "settings"
  > &
  Telemetry;

export interface AdminParts {
  readonly deps: AdminDeps;
  readonly eventFeed: EventFeed;
  /** The platforms are simulated, and their page can be shown. */
  readonly hasSimulator: boolean;
}

/** `/api/…`, for the console and `turnpike dead`. Mounted behind the guard. */
export function adminApi({ deps, eventFeed, hasSimulator }: AdminParts): Hono {
  const api = new Hono();
  api.use(checkWords);
  mountLists(api, deps);
  mountTranscripts(api, deps);
  mountActions(api, deps);
  mountAccounts(api, deps);
  mountEventMedia(api, deps);
  mountPulse(api, deps);
  mountAgents(api, deps);
  mountNodes(api, deps);
  mountMe(api, deps, hasSimulator);
  mountGroups(api, deps);
  mountPauses(api, deps);
  mountRehearsals(api, deps);
  mountEventFeed(api, deps, eventFeed);
  // Last. `notFound` of a mounted app is never called.
  api.all("*", (c) => problem(c, 404, "there is no such resource for this method"));
  api.onError((error, c) => {
    deps.log.error({ path: c.req.routePath, reason: reasonOf(error) }, "admin request failed");
    // Details only in the log.
    return error instanceof Unavailable ? problem(c, 503, "the store is unavailable") : problem(c, 500, "see the log");
  });
  return api;
}

function mountLists(api: Hono, deps: AdminDeps): void {
  const { store } = deps;
  api.get("/overview", async (c) => {
    const waiting = await store.countWaiting();
    const agent = deps.agent.isReachable() ? "reachable" : "not reachable";
    const breakers = deps.agent.breakers?.() ?? [];
    return c.json(z.encode(WIRE.overview, { now: deps.clock.now(), agent, breakers, waiting }));
  });
  api.get("/waiting", async (c) => {
    const query = readQuery(c, QUERIES.waiting, ["state", "why"]);
    if (query instanceof Response) return query;
    const { unknownWaitMs } = deps.settings;
    const { items, next } = await store.listWaiting({ ...waitingQueryOf(query), unknownWaitMs });
    return c.json(z.encode(WIRE.waiting, { items: items.map(withAdvice), next }));
  });
  api.get("/conversations", async (c) => {
    const query = readQuery(c, QUERIES.conversations, ["state"]);
    if (query instanceof Response) return query;
    const { state: states, q: text, ...rest } = query;
    return c.json(z.encode(WIRE.conversations, await store.listConversations({ ...rest, states, text })));
  });
  api.get("/search", async (c) => {
    const query = readQuery(c, QUERIES.search);
    if (query instanceof Response) return query;
    const [known, requests] = await Promise.all([store.search(query.q), store.searchRequests(query.q)]);
    const found = [...known, ...requests.found];
    return c.json(z.encode(WIRE.search, { found, requestsSince: requests.since }));
  });
}

function mountTranscripts(api: Hono, { store, settings, eventDuplicates }: AdminDeps): void {
  api.get("/items/:id", async (c) => {
    const detail = await store.readItem(c.req.param("id"), settings.unknownWaitMs);
    if (detail === null) return problem(c, 404, "there is no turn or delivery of that id");
    const told = wantsWords(c) ? detail.entries : withoutWords(detail.entries);
    return c.json(
      z.encode(WIRE.item, { item: withAdvice(detail.item), entries: withDuplicates(told, eventDuplicates) }),
    );
  });
  api.get("/conversations/:id", async (c) => {
    const conversation = await store.readConversation(c.req.param("id"));
    if (conversation === null) return problem(c, 404, "there is no conversation of that id");
    return c.json(z.encode(WIRE.conversation, conversation));
  });
  api.get("/conversations/:id/timeline", async (c) => {
    const query = readQuery(c, QUERIES.timeline, ["type"]);
    if (query instanceof Response) return query;
    const { type: types, ...page } = query;
    const timeline = await store.readTimeline({ ...page, types, conversationId: c.req.param("id") });
    if (timeline === null) return problem(c, 404, "there is no conversation of that id");
    const told = wantsWords(c) ? timeline.entries : withoutWords(timeline.entries);
    return c.json(z.encode(WIRE.timeline, { ...timeline, entries: withDuplicates(told, eventDuplicates) }));
  });
}

function mountActions(api: Hono, deps: AdminDeps): void {
  api.get("/actions", async (c) => {
    const query = readQuery(c, QUERIES.page);
    if (query instanceof Response) return query;
    return c.json(z.encode(WIRE.actions, await deps.store.listActions(query)));
  });
  api.post("/actions", onlyJson, limit, async (c) => {
    const order = parse(ORDER, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    const operated = await performItemAction(deps, { ...order.value, actor: actorOf(c) });
    const wire = z.encode(WIRE.operated, operated);
    switch (operated.kind) {
      case "done":
        return c.json(wire);
      case "no-such-item":
        return problem(c, 404, "there is no turn or delivery of that id", { operated: wire });
      case "refused":
        return problem(c, 409, REFUSAL_MESSAGES[operated.why], { operated: wire });
      case "other-action":
        return problem(c, 409, "the action id was used for another action on it", { operated: wire });
      default:
        return operated satisfies never;
    }
  });
}

function mountAccounts(api: Hono, deps: AdminDeps): void {
  api.get("/accounts", async (c) => c.json(z.encode(WIRE.accounts, { accounts: await allAccounts(deps) })));
  api.post("/accounts/start", onlyJson, limit, async (c) => {
    const order = parse(START_ACCOUNT, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    const { channel, account } = order.value;
    const isKnown = (await allAccounts(deps)).some((one) => one.channel === channel && one.account === account);
    if (!isKnown) return problem(c, 404, "channel, account: there is no such account");
    const accountStarted = await performAccountStart(deps, { ...order.value, actor: actorOf(c) });
    const wire = z.encode(WIRE.accountStarted, accountStarted);
    return accountStarted.kind === "started"
      ? c.json(wire)
      : problem(c, 409, "the account is not stopped: nothing was done", { accountStarted: wire });
  });
}

/** Those that the store knows, and those that are configured and have received nothing yet. */
async function allAccounts({ store, channels, quota }: AdminDeps) {
  const seen = await store.listAccounts();
  const fresh = channels.all
    .filter(({ name, account }) => !seen.some((one) => one.channel === name && one.account === account))
    .map(({ name, account }) => workingAccount(name, account));
  return [...seen, ...fresh].map((one) => ({
    ...one,
    isConfigured: channels.find(one.channel, one.account) !== null,
    paidLeft: quota.left(accountKeyOf(one)) ?? null,
    quota: quotaOf({ channels, quota }, one),
  }));
}
