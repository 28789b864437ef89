/**
 * Goal: the simulator is WhatsApp as somebody else's client knows it.
 * Method: vercel/chat's WhatsApp adapter as a third party, unchanged: it checks the signatures of the simulator's webhooks
 * and reads them, and it calls the simulator's API over a real loopback socket.
 */
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWhatsAppSimulator } from "../src/channels/whatsapp/simulator.ts";
import { type RunningWhatsApp, startWhatsApp } from "../src/simulator/server.ts";
import { manualClock } from "./support/manual-clock.ts";
import { seededRandom } from "./support/seeded-random.ts";

const ANN = "15550001111";
const SECRETS = { appSecret: "app-secret", accessToken: "access-token" };

type Adapter = ReturnType<typeof createWhatsAppAdapter>;
type Chat = Parameters<Adapter["initialize"]>[0];

interface Heard {
  readonly threadId: string;
  readonly text: string;
  readonly author: string;
}

let api: RunningWhatsApp;
beforeEach(async () => {
  api = await startWhatsApp({ whatsapp: SECRETS, clock: manualClock(), random: seededRandom(5) });
});
afterEach(() => api.close());

/** The adapter with all that it needs of its framework: somebody who listens, and a place to remember in. */
async function startAdapter(appSecret: string) {
  const heard: Heard[] = [];
  const remembered = new Map<string, unknown>();
  const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
  const state = {
    get: async (key: string) => remembered.get(key) ?? null,
    set: async (key: string, value: unknown) => void remembered.set(key, value),
    setIfNotExists: async () => true,
    delete: async (key: string) => void remembered.delete(key),
  };
  const chat = {
    getLogger: () => quiet,
    getState: () => state,
    getUserName: () => "bot",
    processMessage: async (_: Adapter, threadId: string, message: unknown) => {
      const said = await (typeof message === "function" ? message() : message);
      heard.push({ threadId, text: said.text, author: said.author.userId });
    },
    processReaction: () => {},
    processAction: (event: { actionId: string; threadId: string }) =>
      heard.push({ threadId: event.threadId, text: `tap ${event.actionId}`, author: "" }),
  };
  const adapter = createWhatsAppAdapter({
    ...SECRETS,
    appSecret,
    verifyToken: "verify",
    phoneNumberId: "106540000000001",
    apiUrl: api.url,
    userName: "bot",
    logger: quiet as never,
  });
  await adapter.initialize(chat as unknown as Chat);
  return { adapter, heard };
}

function simulatorTo(adapter: Adapter) {
  return createWhatsAppSimulator({
    ...SECRETS,
    clock: manualClock(),
    random: seededRandom(5),
    deliver: async (body, headers) => {
      const request = new Request("http://bot.example/", { method: "POST", body: new Uint8Array(body), headers });
      return (await adapter.handleWebhook(request)).status;
    },
  });
}

test("the adapter takes the simulator's signed webhooks, escaped letters and all", async () => {
  const { adapter, heard } = await startAdapter(SECRETS.appSecret);
  const whatsapp = simulatorTo(adapter);
  const ann = whatsapp.person(ANN);
  const posted = [
    await ann.says("snowman ☃ and family 👩‍👩‍👧 and a/b"),
    await ann.sends("location", { latitude: 1.5, longitude: 2.5 }),
    await ann.taps("buy", "Buy"),
    await ann.reacts("wamid.x", "👍"),
  ];
  ann.adoptsUsername();
  posted.push(await ann.says("no number"));
  expect(posted.map(({ webhook }) => webhook.status)).toEqual([200, 200, 200, 200, 200]);
  expect(heard.map(({ text }) => text)).toEqual(
    expect.arrayContaining(["snowman ☃ and family 👩‍👩‍👧 and a/b", "no number"]),
  );
  expect(heard[0]?.threadId).toContain("106540000000001");
});

test("the adapter refuses webhooks under another secret", async () => {
  const { adapter, heard } = await startAdapter("another-secret");
  expect((await simulatorTo(adapter).person(ANN).says("hi")).webhook.status).toBe(401);
  expect(heard).toEqual([]);
});

test("the adapter's own sends are taken by the simulator's API, and refused outside the window", async () => {
  const { adapter } = await startAdapter(SECRETS.appSecret);
  const threadId = adapter.encodeThreadId({ phoneNumberId: "106540000000001", userWaId: ANN });
  await expect(adapter.postMessage(threadId, "too early")).rejects.toThrow();
  await api.whatsapp.person(ANN).says("hi", { lost: true });
  await adapter.postMessage(threadId, "here you are");
  expect(api.whatsapp.seenBy(ANN)).toMatchObject([{ text: "here you are", route: "session" }]);
});
