/**
 * Goal: the shipped program keeps its promises on WhatsApp, where no retry key exists: taken in once, said at most once,
 * and what can't be known is settled by a status or shown.
 * Method: the simulated WhatsApp with scripted faults, in a world of its own for each test.
 */
import { describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { type Environment, runCommand } from "./support/command.ts";
import { until } from "./support/eventually.ts";
import { killedWhileSending } from "./support/killed-while-sending.ts";
import { startWhatsAppWorld, WHATSAPP } from "./support/whatsapp-world.ts";

const ANN = "15550001111";

async function run(args: string[], env: Environment) {
  await using command = runCommand(args, env);
  const { code } = await command.ended;
  return { code, stderr: command.stderr() };
}

describe.concurrent("WhatsApp: taking in", () => {
  test("the address is checked by its handshake, and only with the right token", async () => {
    await using world = await startWhatsAppWorld();
    const ask = (token: string) =>
      fetch(`${world.webhookUrl}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`);
    const good = await ask("e2e-verify-token");
    expect([good.status, await good.text()]).toEqual([200, "1158201444"]);
    expect((await ask("another")).status).toBe(403);
  });

  test("three copies at the same time, two messages of a burst: one turn with two events, one answer", async () => {
    // Due with its second event, and not because a slow machine let the person be quiet.
    const untilTwo = { TURNPIKE_BATCH_QUIET_MS: "600000", TURNPIKE_BATCH_MAX_WAIT_MS: "600000" };
    await using world = await startWhatsAppWorld({ env: { ...untilTwo, TURNPIKE_BATCH_MAX_EVENTS: "2" } });
    const ann = world.person(ANN);
    await Promise.all([ann.says("first 👋", { copies: 3 }), ann.says("second", { copies: 2 })]);
    const [bubble] = await world.hasSeen(ANN, 1);
    expect(bubble).toMatchObject({ route: "session", callbackData: expect.stringMatching(/^dlv_/) });
    expect(world.turns).toHaveLength(1);
    expect(world.turns[0]?.turn.events).toHaveLength(2);
    expect(world.turns[0]?.turn.conversation.peerId).toBe(ann.userId);
  });

  test("a copy that was lost comes again and is answered once", async () => {
    await using world = await startWhatsAppWorld();
    await world.person(ANN).says("is anybody there?", { lost: true });
    await world.hasSeen(ANN, 1);
    await world.whatsapp.idle();
    expect(world.whatsapp.seenBy(ANN)).toHaveLength(1);
  });

  test("a wrong signature is refused, and a message for another number at our own address too", async () => {
    await using world = await startWhatsAppWorld();
    const body = new TextEncoder().encode('{"object":"whatsapp_business_account","entry":[]}');
    const post = (url: string, bytes: Uint8Array, headers: Readonly<Record<string, string>>) =>
      fetch(url, { method: "POST", body: bytes, headers }).then(({ status }) => status);
    const headers = world.whatsapp.sign(body);
    expect(await post(world.webhookUrl, body, headers)).toBe(200);
    expect(await post(world.webhookUrl, body.slice(1), headers)).toBe(401);
    const other = new TextEncoder().encode(
      '{"object":"x","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"9"}}}]}]}',
    );
    expect(await post(`${world.webhookUrl}/default`, other, world.whatsapp.sign(other))).toBe(403);
    expect(await post(world.webhookUrl, other, world.whatsapp.sign(other))).toBe(200);
  });

  test("somebody who adopts a username keeps the conversation, and answers go to the user id", async () => {
    await using world = await startWhatsAppWorld();
    const ann = world.person(ANN);
    await ann.says("you know my number");
    await world.hasSeen(ANN, 1);
    ann.adoptsUsername();
    await ann.says("and now you don't");
    const [bubble] = await world.hasSeen(ann.userId, 1);
    expect(bubble?.message).toMatchObject({ recipient: ann.userId });
    const [first, second] = world.turns.map(({ turn }) => turn.conversation);
    expect(second).toEqual(first);
  });

  test("a tap is a postback, and is answered without waiting for more", async () => {
    await using world = await startWhatsAppWorld({
      env: { TURNPIKE_BATCH_QUIET_MS: "60000", TURNPIKE_BATCH_MAX_WAIT_MS: "60000" },
    });
    await world.person(ANN).taps("buy:7", "Buy");
    await world.hasSeen(ANN, 1);
    expect(world.turns[0]?.turn.events).toMatchObject([{ type: "postback", postback: { data: "buy:7" } }]);
  });
});

describe.concurrent("WhatsApp: sending", () => {
  test("several replies are one message, billed once; its statuses come back as receipts", async () => {
    await using world = await startWhatsAppWorld({
      whatsapp: { statuses: { delayMs: 20, readAfterMs: 50, jitterMs: 60, twice: 0.5 } },
    });
    world.agent.script(world.person(ANN).userId, () => answers("one", "two"));
    await world.person(ANN).says("hi");
    const [bubble] = await world.hasSeen(ANN, 1);
    expect(bubble?.text).toBe("one\n\ntwo");
    await world.whatsapp.idle();
    const words = () =>
      world.gateway.rows("SELECT status FROM receipt ORDER BY received_at").map(({ status }) => status);
    await until("the read mark", () => words().includes("read"));
    expect(world.whatsapp.seenBy(ANN)).toHaveLength(1);
    expect(await world.delivery("sent")).toMatchObject({ route: "session", attempts: 1 });
  });

  test("kept apart where the setting says so", async () => {
    await using world = await startWhatsAppWorld({ env: { WHATSAPP_MERGE_REPLIES: "false" } });
    world.agent.script(world.person(ANN).userId, () => answers("one", "two"));
    await world.person(ANN).says("hi");
    expect((await world.hasSeen(ANN, 2)).map(({ text }) => text)).toEqual(["one", "two"]);
  });

  test("a call that was accepted and then disconnected is settled by its status, and not said again", async () => {
    await using world = await startWhatsAppWorld({ whatsapp: { statuses: { delayMs: 50 } } });
    world.whatsapp.faults.next("send", { at: "after-accept", how: "disconnect" });
    await world.person(ANN).says("hi");
    expect(await world.delivery("sent")).toMatchObject({ evidence: expect.stringContaining("receipt"), attempts: 1 });
    expect(world.whatsapp.seenBy(ANN)).toHaveLength(1);
  });

  test("without a word of the platform it stays unknown and is shown, never guessed", async () => {
    await using world = await startWhatsAppWorld({
      env: { TURNPIKE_UNKNOWN_WAIT_MS: "200" },
      whatsapp: { statuses: { isOff: true } },
    });
    world.whatsapp.faults.next("send", { at: "after-accept", how: 500 });
    await world.person(ANN).says("hi");
    await world.delivery("unknown");
    await world.gateway.hasLogged("delivery held");
    expect(world.whatsapp.seenBy(ANN)).toHaveLength(1);
    // What comes later is not held up by it.
    await world.person(ANN).says("still there?");
    await world.hasSeen(ANN, 2);
  });

  test("where the setting says resend, it goes out once more and says why", async () => {
    await using world = await startWhatsAppWorld({
      env: { TURNPIKE_UNKNOWN_WAIT_MS: "200", TURNPIKE_ON_UNKNOWN: "resend" },
      whatsapp: { statuses: { isOff: true } },
    });
    world.whatsapp.faults.next("send", { at: "before-accept", how: "disconnect" });
    await world.person(ANN).says("hi");
    await world.hasSeen(ANN, 1);
    expect(await world.delivery("sent")).toMatchObject({
      attempts: 2,
      resent_because: expect.stringContaining("no receipt"),
    });
  });

  test("outside the window an answer is parked, and goes out when the person writes again", async () => {
    await using world = await startWhatsAppWorld();
    world.whatsapp.faults.next("send", { at: "before-accept", how: 400, message: "131047" });
    await world.person(ANN).says("hi");
    expect(await world.delivery("parked")).toMatchObject({ reason: expect.stringContaining("131047") });
    await world.person(ANN).says("again");
    const bubbles = await world.hasSeen(ANN, 2);
    expect(bubbles.map(({ text }) => text)).toEqual(["re: hi", "re: again"]);
  });

  test("a message that was accepted and then failed is dead, with the platform's words", async () => {
    await using world = await startWhatsAppWorld({ whatsapp: { statuses: { delayMs: 20 } } });
    const ann = world.person(ANN);
    world.agent.script(ann.userId, () => {
      ann.blocks();
      return answers("too late");
    });
    await ann.says("hi");
    expect(await world.delivery("dead")).toMatchObject({ reason: expect.stringContaining("131026") });
  });

  test("too many to one person wait for the pair's rate, in order, and none is lost", async () => {
    await using world = await startWhatsAppWorld({
      env: { WHATSAPP_MERGE_REPLIES: "false" },
      // Long enough that a machine which is busy with something else makes its three calls within it.
      whatsapp: { pairRate: { burst: 2, everyMs: 5_000 } },
    });
    world.agent.script(world.person(ANN).userId, () => answers("1", "2", "3"));
    await world.person(ANN).says("count");
    expect((await world.hasSeen(ANN, 3)).map(({ text }) => text)).toEqual(["1", "2", "3"]);
    expect(world.whatsapp.calls.some(({ response }) => response?.includes("131056"))).toBe(true);
  });

  test("a template goes by its own route", async () => {
    await using world = await startWhatsAppWorld();
    const message = { type: "template", template: { name: "hello", language: { code: "en" } } };
    world.agent.script(world.person(ANN).userId, () => answers({ type: "raw", channel: "whatsapp", message }));
    await world.person(ANN).says("hi");
    expect(await world.hasSeen(ANN, 1)).toMatchObject([{ route: "template" }]);
    expect(await world.delivery("sent")).toMatchObject({ route: "template" });
  });

  test("outside the window a text goes in the account's own template, where it has one", async () => {
    await using world = await startWhatsAppWorld({ env: { WHATSAPP_WINDOW_TEMPLATE: "late_answer:en_US" } });
    const twoDaysAgo = String(Math.floor(Date.now() / 1_000) - 2 * 86_400);
    const message = { from: ANN, id: "wamid.old", timestamp: twoDaysAgo, type: "text", text: { body: "hi" } };
    await world.whatsapp.post("messages", { messages: [message] });
    const [bubble] = await world.hasSeen(ANN, 1);
    expect(bubble).toMatchObject({ route: "template", message: { template: { name: "late_answer" } } });
    expect(JSON.stringify(bubble?.message)).toContain("re: hi");
  });

  test("the next bubble waits for the one before to arrive, where the setting says so", async () => {
    await using world = await startWhatsAppWorld({
      env: { WHATSAPP_MERGE_REPLIES: "false", WHATSAPP_AWAIT_DELIVERED_MS: "30000" },
      whatsapp: { statuses: { delayMs: 200 } },
    });
    world.agent.script(world.person(ANN).userId, () => answers("1", "2"));
    await world.person(ANN).says("count");
    const [one, two] = await world.hasSeen(ANN, 2);
    // `delivered` comes at twice the delay.
    expect((two?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThanOrEqual(400);
  });

  test("kill -9 while a call is on its way: after the restart the status settles it, and there is one copy", async () => {
    await using world = await startWhatsAppWorld({
      whatsapp: { statuses: { delayMs: 300 }, retryDelaysMs: Array.from({ length: 240 }, () => 500) },
    });
    world.whatsapp.faults.next("send", { at: "slow", delayMs: 60_000 });
    await world.person(ANN).says("hi");
    await world.hasSeen(ANN, 1);
    await world.gateway.kill();
    await world.restart();
    expect(await world.delivery("sent")).toMatchObject({ attempts: 1 });
    expect(world.whatsapp.seenBy(ANN)).toHaveLength(1);
  });
});

// By itself: it is about when a call is on its way.
test("WhatsApp: killed again and again while it works, people see each answer, and none twice under hold", async () => {
  await using world = await startWhatsAppWorld({ env: { TURNPIKE_UNKNOWN_WAIT_MS: "700" } });
  const number = (person: number) => String(15_550_002_000 + person);
  await killedWhileSending({
    gateway: world.gateway,
    answersLate: () => world.whatsapp.faults.next("send", { at: "slow", delayMs: 1_000, times: 3 }),
    says: (person) => world.person(number(person)).says(`text of ${person}`),
    restart: () => world.restart(),
    seen: (person) => world.whatsapp.seenBy(number(person)),
  });
});

describe.concurrent("WhatsApp: settings", () => {
  test("an invalid token stops the account, and its answers wait", async () => {
    await using world = await startWhatsAppWorld({ env: { WHATSAPP_ACCESS_TOKEN: "expired" } });
    await world.person(ANN).says("hi");
    await until("the refusal", () => world.gateway.value("SELECT reason FROM delivery"));
    expect(await world.delivery("pending")).toMatchObject({ reason: expect.stringContaining("190") });
    expect((await world.gateway.metrics()).sum("account_stopped")).toBe(1);
    await world.gateway.term();
    await world.restart({ WHATSAPP_ACCESS_TOKEN: "e2e-access-token" });
    await world.hasSeen(ANN, 1);
  });

  test.each(Object.keys(WHATSAPP))("without %s it says what is missing", async (name) => {
    const { code, stderr } = await run(["start"], { ...WHATSAPP, [name]: undefined });
    expect(code).toBe(1);
    expect(stderr).toContain(name);
  });

  test("turnpike simulate --channel whatsapp is WhatsApp for a gateway, and says what is missing", async () => {
    const args = ["simulate", "--channel", "whatsapp", "--webhook-url", "http://127.0.0.1:9/"];
    const { code, stderr } = await run(args, {});
    expect(code).toBe(1);
    expect(stderr).toMatch(/WHATSAPP_APP_SECRET/);
    await using simulator = runCommand(args, WHATSAPP);
    const url = await until("its address", () => /simulated at (http:\S+);/.exec(simulator.stdout())?.[1]);
    await using world = await startWhatsAppWorld({ env: { META_GRAPH_BASE_URL: url } });
    const ask = async (path: string, body: object) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/_simulator/${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      return (await response.json()) as object;
    };
    await ask("webhook-url", { url: world.webhookUrl });
    expect(await ask("says", { peerId: ANN, text: "hello" })).toMatchObject({ status: 200, result: "ok" });
    const seen = async () => (await (await fetch(`${url}/_simulator/seen/${ANN}`)).json()) as { text: string }[];
    expect((await until("the answer", async () => (await seen())[0]))?.text).toBe("re: hello");
  });
});
