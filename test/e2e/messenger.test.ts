/**
 * Goal: the shipped program keeps its promises on a platform without a retry key: taken in once, one copy under `hold`,
 * one more at most under `resend`, parked outside the window; also when it is killed.
 * Method: `turnpike start` and `turnpike simulate --channel messenger` as processes. What counts is what people saw, and
 * the rows that are left.
 */
import { describe, expect, test } from "vitest";
import { CHANNELS } from "../../src/channels/index.ts";
import { until } from "./support/eventually.ts";
import { killedWhileSending } from "./support/killed-while-sending.ts";
import { PAGE, startMessengerWorld, VERIFY_TOKEN } from "./support/messenger.ts";

const isListed = Object.keys(CHANNELS).includes("messenger");

describe.skipIf(!isListed)("Messenger", () => {
  test("is taken in once, answered with our id, and its receipts are kept", async () => {
    await using world = await startMessengerWorld();
    const { status, webhookId } = await world.says("P1", "こんにちは ☃");
    expect(status).toBe(200);
    await world.ask("redeliver", { webhookId });
    await until("an answer", async () => (await world.seen("P1")).length > 0);
    await world.ask("reads", { peerId: "P1" });
    await world.gateway.hasLogged("receipt", { status: "read" });
    expect(await world.seen("P1")).toEqual(["re: こんにちは ☃"]);
    expect(world.agent.turnsOf("P1")).toHaveLength(1);
    const [delivery] = world.deliveries();
    expect(delivery).toMatchObject({ state: "sent", route: "session" });
    const [bubble] = await world.look<readonly { metadata: string }[]>("seen/P1");
    expect(bubble?.metadata).toBe(delivery?.delivery_id);
    const receipts = world.gateway.rows("SELECT status FROM receipt").map((row) => row.status);
    expect(receipts).toContain("read");
    const output = world.gateway.output();
    for (const secret of ["e2e-app-secret", "e2e-page-token", VERIFY_TOKEN, "こんにちは"]) {
      expect(output).not.toContain(secret);
    }
  });

  test("verifies its address, and refuses what isn't signed or isn't for the page", async () => {
    await using world = await startMessengerWorld();
    const webhookUrl = `${world.gateway.url}/webhook/messenger`;
    const get = (token: string) => fetch(`${webhookUrl}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=77`);
    expect([(await get(VERIFY_TOKEN)).status, await (await get(VERIFY_TOKEN)).text()]).toEqual([200, "77"]);
    expect((await get("guess")).status).toBe(403);
    const body = JSON.stringify({ object: "page", entry: [{ id: PAGE, messaging: [] }] });
    const headers = { "content-type": "application/json", "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
    expect((await fetch(webhookUrl, { method: "POST", headers, body })).status).toBe(401);
    expect(world.gateway.value("SELECT count(*) FROM event")).toBe(0);
  });

  test("an answer that was cut off is settled by its echo", async () => {
    await using world = await startMessengerWorld({ TURNPIKE_UNKNOWN_WAIT_MS: "20000" });
    await world.ask("faults", { at: "after-accept", how: "disconnect" });
    await world.says("P1", "hi");
    expect(await world.hasDelivery("sent")).toMatchObject({ attempts: 1, evidence: expect.stringMatching(/^receipt/) });
    expect(await world.seen("P1")).toEqual(["re: hi"]);
  });

  test("without an echo it is held, with its evidence, and never sent again", async () => {
    await using world = await startMessengerWorld();
    await world.ask("lose-echoes", { count: 1 });
    await world.ask("faults", { at: "after-accept", how: "disconnect" });
    await world.says("P1", "hi");
    await world.gateway.hasLogged("delivery held");
    expect(world.deliveries()).toMatchObject([
      { state: "unknown", attempts: 1, reason: expect.stringMatching(/^no receipt within 700 ms/) },
    ]);
    await world.says("P1", "hello?");
    await until("the next answer", async () => (await world.seen("P1")).length === 2);
    expect(await world.seen("P1")).toEqual(["re: hi", "re: hello?"]);
  });

  test("under resend it goes out once more, recorded", async () => {
    await using world = await startMessengerWorld({ TURNPIKE_ON_UNKNOWN: "resend" });
    await world.ask("lose-echoes", { count: 1 });
    await world.ask("faults", { at: "after-accept", how: "disconnect" });
    await world.says("P1", "hi");
    expect(await world.hasDelivery("sent")).toMatchObject({
      attempts: 2,
      resent_because: expect.stringContaining("no receipt within 700 ms"),
    });
    expect(await world.seen("P1")).toEqual(["re: hi", "re: hi"]);
  });

  test("outside the window an answer is parked, and goes out when the person writes again", async () => {
    await using world = await startMessengerWorld();
    await world.ask("faults", { at: "before-accept", how: 400, message: "10/2018278" });
    await world.says("P1", "first");
    await world.hasDelivery("parked");
    await world.says("P1", "second");
    await until("both answers", async () => (await world.seen("P1")).length === 2);
    expect(await world.seen("P1")).toEqual(["re: first", "re: second"]);
  });

  test("killed again and again while it works, people see each answer, and none twice under hold", async () => {
    await using world = await startMessengerWorld();
    await killedWhileSending({
      gateway: world.gateway,
      answersLate: () => world.ask("faults", { at: "slow", delayMs: 1_000, times: 3 }),
      says: (person) => world.says(`P${person}`, `text of ${person}`),
      restart: () => world.restart(),
      seen: (person) => world.seen(`P${person}`),
    });
  });
});
