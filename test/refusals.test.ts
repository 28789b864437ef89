/**
 * Goal: what a platform refuses, of a message, a medium, a template or a window, costs no other message its way (G9, G12).
 * Method: a whole gateway with real SQLite on a manual clock; the simulated platforms refuse what the real ones refuse.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { Reply } from "../src/core/reply.ts";
import { type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { assembleWhatsApp, type WhatsAppAssembly } from "./support/assembled-whatsapp.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions) {
  const whole = assembleGateway(options);
  ends.push(() => whole.end());
  await whole.start();
  return whole;
}

/** One that passes every check of ours, and that LINE doesn't have. */
const NO_STICKER: Reply = {
  type: "raw",
  channel: "line",
  message: { type: "sticker", packageId: "abc", stickerId: "def" },
};

describe("one of three messages that LINE refuses", () => {
  test.each([false, true])(
    "is a dead letter, and the other two are read (a 400 spends the token: %s)",
    async (spends) => {
      const whole = await started({
        answer: () => ["one", NO_STICKER, "three"],
        line: { rejectedReplySpendsToken: spends },
      });
      await whole.simulator.person("Uann").says("hi");
      await whole.clock.advance(1_000);
      expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["one", "three"]);
      const routes = whole.simulator.calls.map(({ path }) => path.split("/").at(-1));
      expect(routes).toEqual(spends ? ["reply", "reply", "push"] : ["reply", "reply"]);
      const dead = whole.lines.filter(({ message }) => message.startsWith("delivery dead"));
      expect(dead.map(({ fields }) => fields.reason)).toEqual([
        "400: A message (messages[1]) in the request body is invalid",
      ]);
    },
  );
});

const ANN = "15550001111";
const SECOND = 1_000;
const HOUR = 3_600_000;
const PICTURE = "https://shop.example/menu.jpg";
const TEMPLATE = { windowTemplate: { name: "late_answer", language: "en_US" } };

async function onWhatsApp(options: WhatsAppAssembly) {
  const whole = await assembleWhatsApp(options);
  ends.push(() => whole.end());
  return whole;
}

type OnWhatsApp = Awaited<ReturnType<typeof onWhatsApp>>;

const read = ({ simulator }: OnWhatsApp) => simulator.seenBy(ANN).map(({ route, text }) => `${route}: ${text}`);
const sends = ({ simulator }: OnWhatsApp) => simulator.calls.filter(({ body }) => !body.includes('"status":"read"'));
const dead = ({ lines }: OnWhatsApp) => lines.filter(({ fields }) => fields.state === "dead");

describe("a picture that WhatsApp can't fetch (131053)", () => {
  const answer = ({ text }: { text: string }) =>
    text === "menu" ? [{ type: "image" as const, url: PICTURE }] : "here";

  test("is sent twice and is then a dead letter", async () => {
    const whole = await onWhatsApp({ answer });
    whole.simulator.brokenLinks.add(PICTURE);
    await whole.simulator.person(ANN).says("menu");
    await whole.clock.advance(20 * SECOND);
    expect(sends(whole)).toHaveLength(2);
    expect(dead(whole).map(({ fields }) => fields.reason)).toEqual([expect.stringContaining("131053")]);
  });

  test("never waits in front of a new answer", async () => {
    const whole = await onWhatsApp({ answer });
    whole.simulator.brokenLinks.add(PICTURE);
    const ann = whole.simulator.person(ANN);
    await ann.says("menu");
    // Its status has come, and its second try is some seconds away.
    await whole.clock.advance(SECOND);
    await ann.says("and now?");
    await whole.clock.advance(SECOND);
    expect(read(whole)).toEqual(["session: here"]);
    await whole.clock.advance(20 * SECOND);
    expect(sends(whole)).toHaveLength(3);
  });

  test("arrives at the second try where only its server had a hiccup", async () => {
    const whole = await onWhatsApp({ answer });
    whole.simulator.brokenLinks.add(PICTURE);
    await whole.simulator.person(ANN).says("menu");
    await whole.clock.advance(SECOND);
    whole.simulator.brokenLinks.clear();
    await whole.clock.advance(10 * SECOND);
    expect(whole.simulator.seenBy(ANN)).toHaveLength(1);
  });
});

test("a message that WhatsApp puts off for a day by a status (131049) is in no answer's way", async () => {
  const whole = await onWhatsApp({ answer: ({ text }) => `re: ${text}` });
  const ann = whole.simulator.person(ANN);
  await ann.says("hi");
  await whole.clock.advance(SECOND);
  whole.simulator.failingCodes.push(131_049);
  await whole.sends(ANN, "a campaign");
  await whole.clock.advance(SECOND);
  await ann.says("and now?");
  await whole.clock.advance(SECOND);
  expect(read(whole)).toEqual(["session: re: hi", "session: re: and now?"]);
  expect(sends(whole)).toHaveLength(3);
  expect(dead(whole)).toEqual([]);
});

describe("a window that WhatsApp says has ended (131047)", () => {
  const answer = () => "an answer";

  test.each([
    [
      "in the call's answer",
      ({ simulator }: OnWhatsApp) =>
        simulator.faults.next("send", { at: "before-accept", how: 400, message: "131047" }),
    ],
    ["by a status", ({ simulator }: OnWhatsApp) => void simulator.failingCodes.push(131_047)],
  ])("%s: the answer goes out in the account's template, at once", async (_, ends) => {
    const whole = await onWhatsApp({ answer, channel: TEMPLATE });
    ends(whole);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * SECOND);
    expect(whole.simulator.seenBy(ANN).map(({ route }) => route)).toEqual(["template"]);
    expect(JSON.stringify(whole.simulator.seenBy(ANN)[0]?.message)).toContain("an answer");
    // It is known now, so the next message asks for no second word.
    expect(await whole.sends(ANN, "more")).toMatchObject({ routes: ["template"] });
    await whole.clock.advance(2 * SECOND);
    expect(sends(whole)).toHaveLength(3);
  });

  test("parks the answer without a template, until the person writes; and nothing else is promised a route", async () => {
    const whole = await onWhatsApp({ answer });
    whole.simulator.faults.next("send", { at: "before-accept", how: 400, message: "131047" });
    const ann = whole.simulator.person(ANN);
    await ann.says("hi");
    await whole.clock.advance(SECOND);
    expect(await whole.sends(ANN, "more")).toMatchObject({ routes: [null], paid: 0 });
    await whole.clock.advance(SECOND);
    expect([read(whole), sends(whole).length]).toEqual([[], 1]);
    await ann.says("hello?");
    await whole.clock.advance(2 * SECOND);
    expect(read(whole).toSorted()).toEqual(["session: an answer", "session: an answer", "session: more"]);
  });
});

describe("the account's own template, refused", () => {
  test.each([132_015, 132_001])("with %i: its text is parked, and the operator is told", async (code) => {
    const whole = await onWhatsApp({ channel: TEMPLATE });
    whole.simulator.refusedTemplates.set("late_answer", code);
    const ann = whole.simulator.person(ANN);
    await ann.says("hi");
    whole.clock.step(25 * HOUR);
    await whole.clock.advance(SECOND);
    await whole.sends(ANN, "your parcel is here");
    await whole.clock.advance(SECOND);
    expect([read(whole), dead(whole)]).toEqual([[], []]);
    expect(whole.lines.find(({ message }) => message.startsWith("the account's own template"))).toMatchObject({
      level: "error",
      fields: { channel: "whatsapp", account: "default", reason: expect.stringContaining(`${code}`) },
    });
    const templateRefused = { reason: expect.stringContaining(`${code}`), at: whole.clock.now() - SECOND };
    expect(await whole.store.listAccounts()).toMatchObject([{ channel: "whatsapp", templateRefused }]);
    await ann.says("anything new?");
    await whole.clock.advance(SECOND);
    expect(read(whole)).toEqual(["session: your parcel is here"]);
  });

  test("and put right: it is no longer held against the account", async () => {
    const whole = await onWhatsApp({ channel: TEMPLATE });
    whole.simulator.refusedTemplates.set("late_answer", 132_015);
    await whole.simulator.person(ANN).says("hi");
    whole.clock.step(25 * HOUR);
    await whole.clock.advance(SECOND);
    await whole.sends(ANN, "one");
    await whole.clock.advance(SECOND);
    whole.simulator.refusedTemplates.clear();
    await whole.sends(ANN, "two");
    await whole.clock.advance(SECOND);
    expect(await whole.store.listAccounts()).toMatchObject([{ templateRefused: null }]);
    expect(whole.simulator.seenBy(ANN).map(({ route }) => route)).toEqual(["template"]);
  });

  test("but chosen by the message's author is a dead letter", async () => {
    const whole = await onWhatsApp({});
    whole.simulator.refusedTemplates.set("offer", 132_015);
    await whole.simulator.person(ANN).says("hi");
    const template = { name: "offer", language: { code: "en_US" } };
    await whole.sends(ANN, { type: "raw", channel: "whatsapp", message: { type: "template", template } });
    await whole.clock.advance(SECOND);
    expect(dead(whole)).toHaveLength(1);
    expect(await whole.store.listAccounts()).toMatchObject([{ templateRefused: null }]);
  });
});

describe("a call from a person whose window is closed", () => {
  test.each(["connect", "terminate"])(
    "opens it by its webhook %s: what was parked goes out, and a route is promised",
    async (step) => {
      const whole = await onWhatsApp({});
      const ann = whole.simulator.person(ANN);
      await ann.says("hi");
      whole.clock.step(25 * HOUR);
      await whole.clock.advance(SECOND);
      expect(await whole.sends(ANN, "your parcel is here")).toMatchObject({ routes: [null], paid: 0 });
      await whole.clock.advance(SECOND);
      expect(read(whole)).toEqual([]);
      const callId = await ann.calls({ lost: step === "terminate" });
      if (step === "terminate") await ann.hangsUp(callId);
      await whole.clock.advance(SECOND);
      expect(read(whole)).toEqual(["session: your parcel is here"]);
      expect(await whole.sends(ANN, "and another")).toMatchObject({ routes: ["session"] });
    },
  );
});
