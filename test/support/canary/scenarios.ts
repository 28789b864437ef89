/** Everything that goes wrong with somebody's words in it: each scenario plays on a gateway of its own and says what it saw. */
import type { Agent } from "../../../src/agents/agent.ts";
import { httpAgent } from "../../../src/agents/http.ts";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import { openabAgent } from "../../../src/agents/openab/endpoint.ts";
import { webSocketAgent } from "../../../src/agents/websocket/endpoint.ts";
import { Unavailable } from "../../../src/core/errors.ts";
import type { GatewayOptions } from "../../../src/gateway.ts";
import type { Store } from "../../../src/store/store.ts";
import { until } from "../../e2e/support/eventually.ts";
import { RawSocket } from "../agents/raw-socket.ts";
import { CanaryGateway, type Output } from "./canary-gateway.ts";
import { type Answer, EchoServer, quoteOf } from "./echo-server.ts";
import { PRIVATE, SECRETS } from "./marks.ts";
import { MARKED, type MarkedPlatform } from "./platforms.ts";

export interface Played {
  readonly said: Output;
  readonly messages: readonly string[];
}

export type Scenario = (settings?: Partial<GatewayOptions>) => Promise<Played>;

interface ScenarioSetup {
  readonly agent: Agent | ((echoServer: EchoServer) => Agent);
  readonly wrapStore?: (store: Store) => Store;
}

function scenario(
  { agent, wrapStore }: ScenarioSetup,
  play: (canary: CanaryGateway, echoServer: EchoServer) => Promise<void>,
): Scenario {
  return async (settings = {}) => {
    await using echoServer = await EchoServer.start();
    const built = typeof agent === "function" ? agent(echoServer) : agent;
    const canary = new CanaryGateway({
      agent: built,
      apiUrl: echoServer.url,
      settings,
      ...(wrapStore && { wrapStore }),
    });
    let said: Output | null = null;
    try {
      await canary.open();
      await play(canary, echoServer);
    } finally {
      said = await canary.close();
    }
    return { said, messages: canary.messages };
  };
}

let webhooks = 0;

/** A person's words arrive. Gives back the status. */
async function says(
  canary: CanaryGateway,
  name: string,
  platform: MarkedPlatform,
  text: string = PRIVATE.text,
): Promise<number> {
  webhooks += 1;
  const body = JSON.stringify(platform.webhook(webhooks, text));
  return await canary.post(`/webhook/${name}`, body, platform.sign(body));
}

const answers = (): Agent => inProcessAgent(() => [PRIVATE.answer, PRIVATE.textOfSigns]);
const DELIVERY_LINE = /^delivery (sent|parked|unknown|dead|not accepted)/;
const deliveryLines = (canary: CanaryGateway) =>
  canary.messages.filter((message) => DELIVERY_LINE.test(message)).length;
const has = (canary: CanaryGateway, message: string, count = 1) =>
  until(`${count} times "${message}"`, () => canary.count(message) >= count);

/** Each error of each platform, quoting first the credentials and then the words. */
function errorsOf(name: string, platform: MarkedPlatform): Scenario {
  return scenario({ agent: answers() }, async (canary, echoServer) => {
    const kinds = platform.errors("").length;
    for (const wordsFirst of [true, false]) {
      for (let kind = 0; kind < kinds; kind++) {
        if (kind === kinds - 1 && wordsFirst) continue;
        echoServer.answer = (heard): Answer => platform.errors(quoteOf(heard, wordsFirst))[kind] ?? "disconnect";
        const before = deliveryLines(canary);
        await says(canary, name, platform);
        await until("word of its delivery", () => deliveryLines(canary) > before);
      }
    }
  });
}

/** Their answers are dead letters, and not their turns. */
const unsayable: Readonly<Record<string, () => Agent>> = {
  "gives back nonsense": () => inProcessAgent((turn) => ({ type: turn.text, peer: turn.conversation.peerId })),
  "says what can't be said": () =>
    inProcessAgent(() => [{ type: "raw", channel: PRIVATE.answer, message: { text: PRIVATE.answer } }]),
};

const failing: Readonly<Record<string, (echoServer: EchoServer) => Agent>> = {
  "throws the words": () =>
    inProcessAgent((turn) => {
      throw new Error(`no answer for ${turn.conversation.peerId}: ${turn.text}; tried ${SECRETS.agentSecret}`);
    }),
  "can't parse the words": () => inProcessAgent((turn) => JSON.parse(turn.text)),
  "answers by HTTP with the words": (echoServer) =>
    httpAgent({
      url: `${echoServer.url}/turns?key=${encodeURIComponent(SECRETS.agentToken)}`,
      secret: SECRETS.agentSecret,
    }),
};

function unsayableAnswers(agent: () => Agent): Scenario {
  return scenario({ agent }, async (canary) => {
    for (const [name, platform] of MARKED) {
      for (const text of [PRIVATE.text, PRIVATE.textOfSigns]) await says(canary, name, platform, text);
    }
    await has(canary, "delivery dead: it waits for a person", MARKED.length * 2);
  });
}

function failingAgent(agent: (echoServer: EchoServer) => Agent, status: number): Scenario {
  return scenario({ agent }, async (canary, echoServer) => {
    echoServer.answer = (heard) => [status, quoteOf(heard, true)];
    for (const [name, platform] of MARKED) {
      for (const text of [PRIVATE.text, PRIVATE.textOfSigns]) await says(canary, name, platform, text);
    }
    await has(canary, "turn dead: its events are kept and it waits for a person", MARKED.length * 2);
  });
}

/** Bytes that aren't signed, aren't JSON, aren't small or aren't for us; endpoints with the wrong key. */
const strangers = scenario({ agent: answers() }, async (canary) => {
  for (const [name, platform] of MARKED) {
    const body = JSON.stringify(platform.webhook(0, PRIVATE.text));
    const path = `/webhook/${name}`;
    await canary.post(path, `${body} `, platform.sign(body));
    await canary.post(path, body, {
      "x-line-signature": SECRETS.lineSecret,
      "x-hub-signature-256": SECRETS.metaSecret,
    });
    await canary.post(path, PRIVATE.text, platform.sign(PRIVATE.text));
    await canary.post(path, `"${PRIVATE.text}"`, platform.sign(`"${PRIVATE.text}"`));
    await canary.post(path, body, { "content-type": PRIVATE.personName });
    await canary.post(path, PRIVATE.text.padEnd(4 * 1024 * 1024), platform.sign(PRIVATE.text));
    await canary.get(`${path}?hub.mode=subscribe&hub.verify_token=${SECRETS.agentToken}&hub.challenge=1`);
    await canary.get(`${path}?hub.mode=subscribe&hub.verify_token=${SECRETS.verifyToken}&hub.challenge=1`);
    await canary.post(`/webhook/${name}/nobody`, body, platform.sign(body));
    for (let n = 0; n < 30; n++) await canary.post(path, body, { "x-line-signature": `${PRIVATE.text.length}${n}` });
  }
  await canary.admin("/metrics", SECRETS.agentToken);
  await canary.admin("/metrics", SECRETS.adminToken);
  await canary.admin("/metrics", SECRETS.namedAdminToken);
  for (const token of [SECRETS.namedAdminToken, SECRETS.agentToken, PRIVATE.text]) {
    await canary.signIn(JSON.stringify({ token }));
    await canary.signIn(token);
    await canary.signIn(JSON.stringify({ [token]: token }));
  }
  await has(canary, "webhook refused", MARKED.length);
});

/** The reply API and messages without a turn, as an agent would get them wrong. */
const badAgentRequests = scenario({ agent: answers() }, async (canary) => {
  const bearer = { authorization: `Bearer ${SECRETS.agentToken}` };
  const words = JSON.stringify(PRIVATE.answer);
  for (const path of ["/v1/turns/turn_0/replies", "/v1/messages"]) {
    await canary.post(path, words, { authorization: `Bearer ${SECRETS.adminToken}` });
    await canary.post(path, PRIVATE.answer, bearer);
    await canary.post(path, `{"replies": ${words}, "peerId": ${words}, "fence": ${words}}`, bearer);
  }
  await canary.post("/v1/turns/turn_0/replies", `{"fence": 1, "replies": [${words}], "done": true}`, bearer);
  for (const [channel, { peerId }] of MARKED) {
    await canary.post("/v1/messages", JSON.stringify({ channel, peerId, replies: [PRIVATE.answer] }), bearer);
    const raw = { type: "raw", channel: "another", message: { text: PRIVATE.answer } };
    await canary.post("/v1/messages", JSON.stringify({ channel, peerId, replies: [raw] }), bearer);
  }
  await has(canary, "agent's request refused", 2);
});

/** A bot behind our own dialect that says too much, to whoever listens. */
const chattySocket = scenario({ agent: webSocketAgent({ token: SECRETS.agentToken }) }, async (canary) => {
  const stranger = await RawSocket.connect(canary.socketUrl("/v1/agent"));
  stranger.send({ type: "hello", version: 1, name: PRIVATE.answer, token: SECRETS.adminToken });
  await stranger.isClosed();
  const refused = RawSocket.connect(canary.socketUrl("/v1/agent"), { authorization: `Bearer ${SECRETS.adminToken}` });
  await refused.catch(() => undefined);
  const socket = await RawSocket.connect(canary.socketUrl("/v1/agent"), {
    authorization: `Bearer ${SECRETS.agentToken}`,
  });
  socket.send({ type: "hello", version: 1, name: `bot ${SECRETS.agentToken}`, instance: "instance-1", credit: 10 });
  await socket.hears("welcome");
  socket.send(PRIVATE.text);
  socket.send({ type: PRIVATE.text, [PRIVATE.text]: SECRETS.agentToken });
  socket.send({ type: "reply", turnId: PRIVATE.text, fence: 1, seq: 1, replies: [PRIVATE.answer] });
  let turns = 0;
  for (const [name, platform] of MARKED) {
    await says(canary, name, platform);
    const { turn } = (await socket.hears("turn", turns++)) as unknown as { turn: { turnId: string; fence: number } };
    const reason = `${PRIVATE.text} ${platform.peerId} ${SECRETS.agentToken}`;
    socket.send({ type: "error", turnId: turn.turnId, fence: turn.fence, retryable: false, reason });
  }
  await has(canary, "turn dead: its events are kept and it waits for a person", MARKED.length);
  socket.close();
  await has(canary, "agent disconnected");
});

/** The same behind openab's. */
const chattyCore = scenario({ agent: openabAgent({ token: SECRETS.agentToken, coalesceMs: 1 }) }, async (canary) => {
  await RawSocket.connect(canary.socketUrl(`/ws?token=${SECRETS.adminToken}`)).catch(() => undefined);
  const core = await RawSocket.connect(canary.socketUrl(`/ws?token=${SECRETS.agentToken}`));
  core.send(PRIVATE.text);
  core.send({ schema: PRIVATE.text, request_id: SECRETS.agentToken });
  core.send({ schema: "openab.gateway.client_hello.v1", client_name: PRIVATE.text });
  const say = { schema: "openab.gateway.reply.v1", content: { type: "text", text: PRIVATE.answer } };
  for (const [channel, { peerId }] of MARKED) {
    core.send({ ...say, reply_to: "", platform: channel, channel: { id: peerId }, request_id: PRIVATE.text });
    core.send({ ...say, reply_to: PRIVATE.text, platform: channel, channel: { id: peerId } });
  }
  let events = 0;
  for (const [name, platform] of MARKED) {
    await says(canary, name, platform);
    const event = await core.hears("openab.gateway.event.v1", events++);
    const to = { reply_to: event.event_id, platform: event.platform, channel: event.channel };
    core.send({ ...say, ...to });
    await has(canary, "turn answered", events);
    core.send({ ...say, ...to });
  }
  core.close();
  await has(canary, "agent disconnected");
});

/** A database that quotes what it could not take. */
const quotingStore = scenario(
  {
    agent: answers(),
    wrapStore: (store) => ({
      ...store,
      ingest: async (event) => {
        const quote = JSON.stringify(event);
        throw new Unavailable(`could not insert ${event.content.message?.text}: ${quote} (${SECRETS.lineToken})`);
      },
    }),
  },
  async (canary) => {
    for (const [name, platform] of MARKED) {
      await says(canary, name, platform);
      await says(canary, name, platform, PRIVATE.textOfSigns);
    }
    await has(canary, "event not stored: the platform is told to send it again", MARKED.length);
  },
);

/** A platform that said "yes" says later that it failed, and why. */
const quotingReceipts = scenario({ agent: answers() }, async (canary, echoServer) => {
  echoServer.answer = () => [200, JSON.stringify({ messages: [{ id: "wamid.OURS0001" }], message_id: "m_ours" })];
  for (const [name, platform] of MARKED) {
    await says(canary, name, platform);
    if (platform.failed === undefined) continue;
    const ids = () =>
      echoServer.heard.flatMap(({ body }) => /"biz_opaque_callback_data":"(\w+)"/.exec(body)?.[1] ?? []);
    const deliveryId = await until("a call with a delivery's id", () => ids()[0]);
    await has(canary, "delivery sent");
    const quote = `${SECRETS.metaToken} may not write to ${platform.peerId}`;
    const body = JSON.stringify(platform.failed(deliveryId, quote));
    await canary.post(`/webhook/${name}`, body, platform.sign(body));
    await has(canary, "delivery failed after it was accepted");
  }
});

/** By their names. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    MARKED.map(([name, platform]) => [`${name} quotes us in its errors`, errorsOf(name, platform)]),
  ),
  ...Object.fromEntries(Object.entries(failing).map(([what, agent]) => [`an agent ${what}`, failingAgent(agent, 200)])),
  ...Object.fromEntries(
    Object.entries(unsayable).map(([what, agent]) => [`an agent ${what}`, unsayableAnswers(agent)]),
  ),
  "an agent refuses with the words": failingAgent(failing["answers by HTTP with the words"] ?? answers, 422),
  "strangers knock": strangers,
  "an agent's requests are wrong": badAgentRequests,
  "a bot on a socket says too much": chattySocket,
  "an openab core says too much": chattyCore,
  "the database quotes": quotingStore,
  "a receipt quotes": quotingReceipts,
};
