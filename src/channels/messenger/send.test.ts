/** Goal: the exact request of each delivery, and the typing indicator beside it. Method: the calls against the simulator. */
import { expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { appSecretProof } from "../meta/api.ts";
import { messenger } from "./index.ts";
import { createBuildCall, needsNoWindow } from "./send.ts";
import { createMessengerSimulator } from "./simulator.ts";

const PAGE = "100000000000001";
const buildCall = createBuildCall({ pageId: PAGE, graphVersion: "v26.0" });
const delivery = (message: unknown, change = {}) => ({
  deliveryId: "dlv_1",
  peerId: "P1",
  messages: [message],
  ...change,
});
const route = { route: "session", token: null } as const;

test("an answer is a RESPONSE, with the delivery id as metadata", () => {
  const call = buildCall(delivery({ message: { text: "hi" }, replyTo: "m_1" }), route);
  expect(call).toMatchObject({ path: `/v26.0/${PAGE}/messages`, retryKey: null });
  expect(JSON.parse(call.body)).toEqual({
    recipient: { id: "P1" },
    messaging_type: "RESPONSE",
    reply_to: { mid: "m_1" },
    message: { text: "hi", metadata: "dlv_1" },
  });
});

test("a proactive message is an UPDATE, and a tag is sent with its message", () => {
  const update = buildCall(delivery({ message: { text: "hi" } }, { isAnswer: false }), route);
  expect(JSON.parse(update.body)).toMatchObject({ messaging_type: "UPDATE" });
  const tagged = { message: { text: "hi" }, tag: "HUMAN_AGENT" };
  const call = buildCall(delivery(tagged), { ...route, route: "template" });
  expect(JSON.parse(call.body)).toMatchObject({ messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" });
  expect(needsNoWindow([tagged])).toBe(true);
  expect(needsNoWindow([{ message: { text: "hi" } }])).toBe(false);
  expect(needsNoWindow([])).toBe(false);
});

async function connected() {
  const clock = manualClock();
  const simulator = createMessengerSimulator({
    clock,
    random: seededRandom(1),
    appSecret: "secret",
    pageAccessToken: "token",
    pageId: PAGE,
    requireProof: true,
    deliver: async () => 200,
  });
  const channel = messenger(simulator.channelOptions("http://graph.invalid"), {
    clock,
    platformClient: simulator.platformClient({ clock, sendTimeoutMs: 10_000 }),
  });
  await simulator.person("P1").says("hello");
  return { simulator, channel };
}

test("each call has token and appsecret_proof, and neither is recorded", async () => {
  const { simulator, channel } = await connected();
  const call = channel.buildCall(delivery({ message: { text: "hi" } }), route);
  expect((await channel.send(call, "session")).outcome).toMatchObject({ kind: "sent" });
  expect(JSON.stringify([call, simulator.calls])).not.toContain(appSecretProof("token", "secret"));
});

test("seen and typing are calls of their own", async () => {
  const { simulator, channel } = await connected();
  const conversation = { channel: "messenger", account: "default", kind: "user", peerId: "P1" } as const;
  const target = { conversation, lastEvent: {} as never };
  await channel.typingIndicator?.markRead(target);
  await channel.typingIndicator?.show(target);
  expect(simulator.signsFor("P1")).toEqual(["mark_seen", "typing_on"]);
  const nobody = { ...target, conversation: { ...conversation, peerId: "P9" } };
  await expect(channel.typingIndicator?.markRead(nobody)).rejects.toThrow("100/2018001");
});
