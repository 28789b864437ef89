import { z } from "zod";
import type { ChannelName } from "../../channels/index.ts";
import type { Outcome } from "./outcome.ts";
import type { ScenarioTarget } from "./target.ts";

const bubble = z.object({ text: z.string().nullable(), route: z.string().optional() });
const webhook = z.object({ body: z.string(), result: z.string() });
const search = z.object({ found: z.array(z.object({ kind: z.string(), id: z.string() })) });
const text = z.string().nullable();

/** The parts of the admin API's entries that an outcome is made of. */
const entry = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("event"),
    type: z.string(),
    state: z.string(),
    turnId: text,
    redelivered: z.boolean(),
  }),
  z.object({ kind: z.literal("turn"), turnId: z.string(), state: z.string() }),
  z.object({
    kind: z.literal("delivery"),
    deliveryId: z.string(),
    state: z.string(),
    evidence: text,
    bundledInto: text,
  }),
  z.object({
    kind: z.literal("attempt"),
    deliveryId: z.string(),
    attempt: z.int(),
    route: z.string(),
    outcome: text,
    status: z.int().nullable(),
  }),
  z.object({ kind: z.literal("receipt"), deliveryId: z.string(), status: z.string() }),
  z.object({ kind: z.literal("action") }),
]);
type Entry = z.infer<typeof entry>;
type EntryOf<K extends Entry["kind"]> = Extract<Entry, { kind: K }>;
const timeline = z.object({ entries: z.array(entry) });

interface Watched {
  readonly channel: ChannelName;
  readonly peerId: string;
  /** The person's messages, each unlike all others. */
  readonly said: readonly string[];
}

/** What has come so far of the person's messages. */
export async function observe(target: ScenarioTarget, { channel, peerId, said }: Watched): Promise<Outcome> {
  const [seen, webhooks, entries] = await Promise.all([
    target.view(channel, "seen", peerId).then((found) => z.array(bubble).parse(found)),
    target.view(channel, "webhooks", "").then((found) => z.array(webhook).parse(found)),
    entriesOf(target, peerId),
  ]);
  const own = webhooks.filter(({ body, result }) => result !== "lost" && body.includes(peerId));
  return {
    bubbles: seen.length,
    quoted: quotesIn(seen.map((shown) => shown.text ?? "").join("\n"), said),
    paid: seen.filter(({ route }) => route === "push").length,
    copies: own.filter(({ body }) => said.some((words) => body.includes(`:"${words}"`))).length,
    ...outcomeOf(entries),
  };
}

async function entriesOf({ admin }: ScenarioTarget, peerId: string): Promise<readonly Entry[]> {
  const { found } = search.parse(await admin(`/search?q=${encodeURIComponent(peerId)}`));
  const [conversation] = found.filter(({ kind }) => kind === "conversation");
  if (conversation === undefined) return [];
  return timeline.parse(await admin(`/conversations/${encodeURIComponent(conversation.id)}/timeline?limit=200`))
    .entries;
}

function quotesIn(shown: string, said: readonly string[]): string[] {
  return said
    .map((words) => ({ words, at: shown.indexOf(words) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ words }) => words);
}

function outcomeOf(entries: readonly Entry[]): Omit<Outcome, "bubbles" | "quoted" | "paid" | "copies"> {
  const of = <K extends Entry["kind"]>(kind: K) => entries.filter((one): one is EntryOf<K> => one.kind === kind);
  const events = of("event").filter(({ type }) => type === "message");
  const deliveries = of("delivery");
  const attempts = of("attempt");
  const receipts = deliveries.map(({ deliveryId }) =>
    of("receipt")
      .filter((one) => one.deliveryId === deliveryId)
      .map(({ status }) => status)
      .sort(byStrength),
  );
  return {
    events: events.map(({ state }) => state),
    redelivered: events.filter(({ redelivered }) => redelivered).length,
    turns: of("turn").map(({ turnId, state }) => `${state} ${events.filter((one) => one.turnId === turnId).length}`),
    deliveries: deliveries.map(({ state }) => state),
    // `receipt: echo` and `receipt: delivered` may come in either order.
    evidence: deliveries.flatMap(({ evidence }) => evidence?.split(":", 1) ?? []),
    bundled: deliveries.filter(({ bundledInto }) => bundledInto !== null).length,
    calls: deliveries.flatMap(({ deliveryId }) =>
      attempts
        .filter((one) => one.deliveryId === deliveryId)
        .sort((a, b) => a.attempt - b.attempt)
        .map(callOf),
    ),
    receipts: receipts.flatMap((statuses) => statuses.at(-1) ?? []),
    repeatedReceipts: receipts.flatMap((statuses) => statuses.filter((status, at) => status === statuses[at - 1]))
      .length,
  };
}

function callOf({ route, outcome, status }: EntryOf<"attempt">): string {
  return [route, outcome ?? "in flight", status].filter((part) => part !== null).join(" ");
}

const STRENGTHS = ["sent", "failed", "delivered", "read"];

function byStrength(a: string, b: string): number {
  return STRENGTHS.indexOf(a) - STRENGTHS.indexOf(b);
}
