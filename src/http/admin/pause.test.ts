/**
 * Goal: an operator takes a conversation over from the bot and gives it back, once for each action id, and it is recorded.
 * Method: a whole gateway without a socket, on a platform without human agents' echoes.
 */
import { afterEach, expect, test } from "vitest";
import { askAdmin, postAdmin, readAdmin } from "../../../test/support/admin-reader.ts";
import { type AssembledGateway, assembleGateway } from "../../../test/support/assembled-gateway.ts";
import { PAUSED } from "./pause.ts";
import { WIRE } from "./wire.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A conversation in which the bot has answered once. */
async function talking() {
  const whole = assembleGateway({ answer: () => "hi" });
  ends.push(whole.end);
  await whole.start();
  await says(whole, "first");
  const { items } = await readAdmin(whole, WIRE.conversations, "/api/conversations");
  const conversationId = items[0]?.conversation.conversationId ?? "";
  const act = (action: "pause" | "resume", body: object) =>
    postAdmin(whole, `/api/conversations/${conversationId}/${action}`, body);
  return { whole, conversationId, act, seen: () => whole.simulator.seenBy("Uann").length };
}

async function says(whole: AssembledGateway, text: string) {
  await whole.simulator.person("Uann").says(text);
  await whole.clock.advance(1_000);
}

test("while it is paused the bot is silent, and after it the bot answers again", async () => {
  const { whole, act, seen } = await talking();
  const answer = await act("pause", { actionId: "a1", forMs: 60_000 });
  expect(answer.status).toBe(200);
  const until = whole.clock.now() + 60_000;
  expect(PAUSED.decode((await answer.json()) as never)).toMatchObject({ action: "pause", pausedUntil: until });
  await says(whole, "to the operator");
  expect(seen()).toBe(1);
  await whole.clock.advance(60_000);
  expect(seen()).toBe(1);
  await says(whole, "to the bot");
  expect(seen()).toBe(2);
});

test("resumed, the bot answers what comes from then on", async () => {
  const { whole, act, seen } = await talking();
  await act("pause", { actionId: "a1", forMs: 3_600_000 });
  await says(whole, "to the operator");
  const answer = await act("resume", { actionId: "a2" });
  expect(await answer.json()).toMatchObject({ kind: "done", action: "resume", pausedUntil: null, isRepeated: false });
  await says(whole, "to the bot");
  expect(seen()).toBe(2);
});

test("each is done once under its action id, and is in the audit log and a log line with who did it", async () => {
  const { whole, conversationId, act, seen } = await talking();
  await act("pause", { actionId: "a1", forMs: 3_600_000 });
  await act("resume", { actionId: "a2" });
  expect(await (await act("pause", { actionId: "a1", forMs: 3_600_000 })).json()).toMatchObject({
    isRepeated: true,
    pausedUntil: null,
  });
  await says(whole, "to the bot");
  expect(seen()).toBe(2);
  expect((await readAdmin(whole, WIRE.actions, "/api/actions")).items).toMatchObject([
    {
      action: "resume",
      item: "conversation",
      id: conversationId,
      conversationId,
      actor: "loopback",
      from: "paused",
      to: "active",
    },
    {
      action: "pause",
      item: "conversation",
      id: conversationId,
      conversationId,
      actor: "loopback",
      from: "active",
      to: "paused",
    },
  ]);
  expect(whole.lines).toContainEqual({
    level: "info",
    message: "operator's action",
    fields: expect.objectContaining({ actionId: "a1", actor: "loopback", action: "pause", conversationId }),
  });
});

test("what can't be done is a 409, an unknown conversation a 404, and a bad body a 400 that names the field", async () => {
  const { whole, act } = await talking();
  expect((await act("resume", { actionId: "a1" })).status).toBe(409);
  await act("pause", { actionId: "a2", forMs: 60_000 });
  expect((await act("resume", { actionId: "a2" })).status).toBe(409);
  expect((await postAdmin(whole, "/api/conversations/conv_x/resume", { actionId: "a3" })).status).toBe(404);
  for (const [body, field] of [
    [{ actionId: "a4" }, /forMs/],
    [{ actionId: "a4", forMs: 0 }, /forMs/],
    [{ actionId: "a4", forMs: 8 * 24 * 3_600_000 }, /forMs/],
    [{ forMs: 1_000 }, /actionId/],
  ] as const) {
    const answer = await act("pause", body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(field) });
  }
  const form = { method: "POST", body: "actionId=a5", headers: { "content-type": "text/plain" } };
  expect((await askAdmin(whole, "/api/conversations/conv_x/pause", form)).status).toBe(415);
});
