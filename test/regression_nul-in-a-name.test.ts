/**
 * Goal: a name with a NUL, which PostgreSQL can't store, is cleaned, and takes nobody's message along.
 * Method: one WhatsApp webhook of two people, at a whole gateway over the simulator.
 */
import { expect, test } from "vitest";
import { assembleWhatsApp } from "./support/assembled-whatsapp.ts";

test("a profile name with a NUL is cleaned, and both people's messages are taken in", async () => {
  const turns: (readonly unknown[])[] = [];
  const whole = await assembleWhatsApp({
    answer: ({ text, events }) => void turns.push([text, events[0]?.sender?.name]),
  });
  const people = ["15550001111", "15550002222"].map((waId) => ({ waId, userId: `US.${waId}` }));
  const names = ["An\u0000n", "Bob"];
  const webhook = await whole.simulator.post("messages", {
    contacts: people.map(({ waId, userId }, at) => ({ profile: { name: names[at] }, wa_id: waId, user_id: userId })),
    messages: people.map(({ waId, userId }, at) => ({
      ...{ from: waId, from_user_id: userId, id: `wamid.${at}`, timestamp: String(whole.clock.now() / 1_000) },
      ...{ type: "text", text: { body: `words ${at}` } },
    })),
  });
  expect(webhook).toMatchObject({ status: 200 });
  await whole.clock.advance(1_000);
  expect(turns).toEqual([
    ["words 0", "An\uFFFDn"],
    ["words 1", "Bob"],
  ]);
  await whole.end();
});
