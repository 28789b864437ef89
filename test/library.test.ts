/**
 * Goal: whoever brings a platform, a bot or a database of their own needs nothing but what `turnpike` exports.
 * Method: one of each is written here with those names alone, which the compiler checks, and a message goes through all
 * three; and whatever type the interfaces name must be exported by its name.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CHANNELS } from "../src/channels/index.ts";
import * as library from "../src/index.ts";
import {
  type Agent,
  type AgentHost,
  type AgentOutcome,
  type AttemptReport,
  asVerified,
  type Channel,
  type ClaimedTurn,
  createGateway,
  type InboundEvent,
  type IngestPolicy,
  type IngestResult,
  Malformed,
  type Normalized,
  type OutboundDelivery,
  openStore,
  type RecordedCall,
  type RenderContext,
  type Rendered,
  type Reply,
  type Route,
  type Store,
  sqlite,
  Unrenderable,
  type Verified,
} from "../src/index.ts";

/** A platform that posts `{"id","from","text","at"}` with its secret in a header. */
function pigeonPost(secret: string, sent: string[]): Channel {
  return {
    name: "pigeon",
    account: "default",
    bodyLimitBytes: 1_024,
    ackBudgetMs: 2_000,
    callLimitMs: 1_000,
    token: null,
    paidRoute: "push",
    retryKeyLifeMs: null,
    messagesPerCall: 1,
    costPolicy: null,
    typingIndicator: null,
    verify: (body: Uint8Array, headers: Headers): Verified | null =>
      headers.get("x-pigeon") === secret ? asVerified(body) : null,
    normalize: ({ body }: Verified): Normalized => ({ events: [eventOf(Buffer.from(body).toString())], ignored: 0 }),
    render: (replies: readonly Reply[], _context: RenderContext): Rendered => ({
      messages: replies.map((reply) => {
        if (reply.type !== "text") throw new Unrenderable(`type: ${reply.type}; allowed: text`);
        return reply.text;
      }),
      adapted: [],
    }),
    problemWith: () => null,
    buildCall: (delivery: OutboundDelivery, _route: { route: Route; token: string | null }): RecordedCall => ({
      path: `/to/${delivery.peerId}`,
      body: JSON.stringify(delivery.messages),
      retryKey: null,
    }),
    async send(call: RecordedCall): Promise<AttemptReport> {
      sent.push(`${call.path} ${call.body}`);
      const outcome = { kind: "sent", evidence: "accepted", platformMessageIds: [`p${sent.length}`] } as const;
      return { outcome, status: 200, response: null, requestId: null, acceptedRequestId: null };
    },
    close: async () => undefined,
  };
}

function eventOf(body: string): InboundEvent {
  const { id, from, text, at } = JSON.parse(body) as Readonly<Record<string, unknown>>;
  if (typeof id !== "string" || typeof from !== "string") throw new Malformed("id and from are missing");
  return {
    conversation: { channel: "pigeon", account: "default", kind: "user", peerId: from },
    platformEventId: id,
    dedupKeys: [id],
    type: "message",
    effect: "collect",
    sentAt: Number(at),
    redelivered: false,
    sender: { id: from, name: null },
    content: { message: { id, type: "text", text: String(text) } },
    token: null,
    revises: null,
    raw: {},
  };
}

/** A bot that answers by what `invoke` gives back, and is attached to the gateway. */
class EchoAgent implements Agent {
  readonly name = "echo";
  host: AgentHost | null = null;
  attach(host: AgentHost): void {
    this.host = host;
  }
  isReachable(): boolean {
    return this.host !== null;
  }
  async invoke(turn: ClaimedTurn): Promise<AgentOutcome> {
    return { kind: "answered", replies: turn.events.map(({ content }) => sayAgain(content.message?.text)) };
  }
  async close(): Promise<void> {}
}

const sayAgain = (text: string | null | undefined): Reply => ({ type: "text", text: `${text}!` });

/** A store in front of another one. */
function counting(store: Store, taken: IngestResult["kind"][]): Store {
  return {
    ...store,
    async ingest(event: InboundEvent, policy: IngestPolicy): Promise<IngestResult> {
      const result = await store.ingest(event, policy);
      taken.push(result.kind);
      return result;
    },
  };
}

test("a platform, a bot and a store of one's own work together", async () => {
  const sent: string[] = [];
  const taken: IngestResult["kind"][] = [];
  const gateway = createGateway({
    store: counting(sqlite({ file: ":memory:" }), taken),
    channels: [pigeonPost("coo", sent)],
    agent: new EchoAgent(),
    batch: { quietMs: 0 },
  });
  await using _running = await gateway.start();
  const post = async (secret: string) => {
    const headers = { "content-type": "application/json", "x-pigeon": secret };
    const body = JSON.stringify({ id: "m1", from: "ann", text: "hello", at: Date.now() });
    const response = await gateway.fetch(new Request("http://here/webhook/pigeon", { method: "POST", headers, body }));
    return response.status;
  };
  expect([await post("hiss"), await post("coo"), await post("coo")]).toEqual([401, 200, 200]);
  expect(taken).toEqual(["accepted", "duplicate"]);
  await expect.poll(() => sent).toEqual(['/to/ann ["hello!"]']);
});

test("every listed platform is exported under its name, and so is what opens a store by its address", () => {
  const exported: Readonly<Record<string, unknown>> = library;
  for (const [name, { create }] of Object.entries(CHANNELS)) expect(exported[name]).toBe(create);
  expect(library.openStore).toBe(openStore);
});

/** The interfaces that somebody else may implement, and what they take and give. */
const INTERFACES = [
  "agents/agent.ts",
  "agents/socket.ts",
  "channels/channel.ts",
  "core/conversation.ts",
  "core/event.ts",
  "core/reply.ts",
  "core/turn.ts",
  "store/attempt.ts",
  "store/erasure.ts",
  "store/operator.ts",
  "store/operator-details.ts",
  "store/operator-transcript.ts",
  "store/retention.ts",
  "store/cluster-membership.ts",
  "store/store.ts",
];

test.each(INTERFACES)("each type of ours that %s imports is exported", (path) => {
  const exported = exportedNames();
  expect(importedNames(read(path)).filter((name) => !exported.has(name))).toEqual([]);
});

function read(path: string): string {
  return readFileSync(new URL(`../src/${path}`, import.meta.url), "utf8");
}

/** Names of what a file imports from files of ours. */
function importedNames(text: string): string[] {
  const imports = text.matchAll(/^import (?:type )?\{([^}]*)\} from "\.[^"]*";/gm);
  return [...imports].flatMap(([, names = ""]) => namesIn(names));
}

function exportedNames(): Set<string> {
  const index = read("index.ts");
  const listed = [...index.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(([, names = ""]) =>
    namesIn(names),
  );
  const whole = [...index.matchAll(/^export type \* from "\.\/([^"]+)"/gm)].flatMap(([, path = ""]) =>
    [...read(path).matchAll(/^export (?:interface|type|class) (\w+)/gm)].map(([, name = ""]) => name),
  );
  return new Set([...listed, ...whole]);
}

function namesIn(list: string): string[] {
  return list
    .split(",")
    .map((name) => name.trim().replace(/^type /, ""))
    .filter((name) => name !== "");
}
