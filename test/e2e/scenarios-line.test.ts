/**
 * Goal: what LINE can do beyond texts between two: pictures, groups that talk among themselves, names, several
 * accounts, and access tokens that the gateway fetches.
 * Method: the shipped command line, LINE's simulator and a bot, over real sockets.
 */
import { describe, expect, test } from "vitest";
import { startLine } from "../../src/simulator/index.ts";
import { answers } from "./support/agent.ts";
import { until } from "./support/eventually.ts";
import { post, signed } from "./support/post.ts";
import { startWorld, type World } from "./support/world.ts";

const image = { type: "image", contentProvider: { type: "line" } };

/** The link that the bot got to what the person sent, and the message's id. */
async function sendPicture(world: World, message: Readonly<Record<string, unknown>> = image) {
  const ann = world.somebody();
  const { messageId } = await ann.sends(message);
  const [handed] = await ann.hasTurns(1);
  const url = new URL(String(handed?.turn.events[0]?.message?.contentUrl));
  return { ann, messageId: messageId ?? "", url };
}

describe.concurrent("a picture", () => {
  test("is fetched by the bot from a signed link on our port, with LINE's type and bytes", async () => {
    await using world = await startWorld();
    const { messageId, url } = await sendPicture(world);
    expect(url.origin).toBe(world.gateway.url);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`the image of message ${messageId}`);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/jpeg",
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
      "cache-control": "private, no-store",
    });
    const fetched = world.line.calls.filter(({ path }) => path.endsWith("/content"));
    expect(fetched.map(({ path }) => path)).toEqual([`/v2/bot/message/${messageId}/content`]);
  });

  test("behind a link that was changed, or made up, is nobody's, and LINE isn't asked", async () => {
    await using world = await startWorld();
    const { url } = await sendPicture(world);
    const changed = [
      url.href.replace(/media\/line\/default\/\d+/, "media/line/default/1"),
      url.href.replace("/line/default/", "/line/other/"),
      url.href.replace(/media\/line\/default\/\d+/, `media/line/default/${encodeURIComponent("../../../info?x=")}`),
      url.href.replace(/expires=\d/, "expires=9"),
      url.href.replace(/signature=.../, "signature=AAA"),
      url.href.replace(/signature=.*/, ""),
      url.origin + url.pathname,
    ];
    for (const link of changed) expect((await fetch(link)).status, link).toBe(403);
    expect(world.line.calls.filter(({ path }) => path.includes("content"))).toEqual([]);
  });

  test("that LINE still prepares is asked for again later, and one that is gone is gone", async () => {
    await using world = await startWorld();
    const { messageId, url } = await sendPicture(world, {
      type: "video",
      duration: 1_000,
      contentProvider: { type: "line" },
    });
    world.line.keeps(messageId, { state: "preparing" });
    const early = await fetch(url);
    expect([early.status, early.headers.get("retry-after")]).toEqual([503, "2"]);
    world.line.keeps(messageId, { state: "ready" });
    expect((await fetch(url)).status).toBe(200);
    world.line.keeps(messageId, { state: "gone" });
    expect((await fetch(url)).status).toBe(410);
  });

  test("over the limit is refused; what LINE can't give at the moment is asked for again later", async () => {
    await using world = await startWorld({ env: { TURNPIKE_MEDIA_MAX_BYTES: "30" } });
    const { messageId, url } = await sendPicture(world);
    expect((await fetch(url)).status).toBe(413);
    world.line.keeps(messageId, { bytes: new Uint8Array(30) });
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(30);
    world.line.faults.next("content", { at: "before-accept", how: "disconnect" });
    expect((await fetch(url)).status).toBe(503);
    world.line.faults.next("content", { at: "before-accept", how: 500 });
    expect((await fetch(url)).status).toBe(503);
  });

  test("that somebody else keeps has no link of ours", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const elsewhere = {
      type: "external",
      originalContentUrl: "https://x.example/1.jpg",
      previewImageUrl: "https://x.example/2.jpg",
    };
    await ann.sends({ type: "image", contentProvider: elsewhere });
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.events[0]?.message).toMatchObject({ contentProvider: elsewhere });
    expect(handed?.turn.events[0]?.message).not.toHaveProperty("contentUrl");
  });
});

describe.concurrent("a group", () => {
  test("is answered when it mentions the bot, which reads what was said before, with names", async () => {
    await using world = await startWorld({ env: { LINE_GROUP_TRIGGER: "mention", LINE_GROUP_PREFIX: "!bot" } });
    const groupId = `C${"1".repeat(32)}`;
    const group = world.line.group(groupId);
    const [ann, bob] = [group.person("Uann"), group.person("Ubob")];
    await ann.says("lunch?");
    const { messageId } = await bob.says("never mind");
    await bob.unsends(messageId ?? "");
    await bob.sends(image);
    await ann.says("what is open today?", { mentions: ["bot"] });
    const [first] = await until(
      "a turn",
      () => world.agent.turnsOf(groupId).length > 0 && world.agent.turnsOf(groupId),
    );
    expect(first?.turn).toMatchObject({
      conversation: { kind: "group", peerId: groupId },
      text: "@bot what is open today?",
      events: [{ sender: { id: "Uann", name: "Person Uann" } }],
      context: [
        { sender: { id: "Uann", name: "Person Uann" }, message: { text: "lunch?" } },
        { sender: { id: "Ubob", name: "Person Ubob" }, message: { type: "image", contentUrl: expect.any(String) } },
      ],
    });
    await until("the answer", () => world.line.seenBy(groupId).length === 1);
    await bob.says("and the bakery", { mentions: ["all"] });
    await bob.says("!bot and the bakery?");
    await until("a second turn", () => world.agent.turnsOf(groupId).length === 2);
    await world.settled();
    const [, second] = world.agent.turnsOf(groupId);
    expect(second?.turn).toMatchObject({
      text: "!bot and the bakery?",
      context: [{ message: { text: "@All and the bakery" } }],
    });
    expect(world.agent.handed).toHaveLength(2);
    expect(world.line.seenBy(groupId).map(({ text }) => text)).toEqual([
      "re: @bot what is open today?",
      "re: !bot and the bakery?",
    ]);
  });

  test("where every message counts is answered each time, and its turns have no context", async () => {
    await using world = await startWorld();
    const groupId = `C${"2".repeat(32)}`;
    await world.line.group(groupId).person("Uann").says("hello all");
    await until("the answer", () => world.line.seenBy(groupId).length === 1);
    expect(world.agent.turnsOf(groupId)[0]?.turn).not.toHaveProperty("context");
  });
});

test("a name that doesn't come in time is null, and the answer doesn't wait for it; the next turn has it", async () => {
  await using world = await startWorld({ env: { TURNPIKE_NAMES_WAIT_MS: "50" } });
  const ann = world.somebody();
  world.line.faults.next("profile", { at: "slow", delayMs: 4_000 });
  await ann.says("hi");
  const [first] = await ann.hasTurns(1);
  expect(first?.turn.events[0]?.sender).toEqual({ id: ann.id, name: null });
  await ann.hasSeen(1);
  await until("LINE has said the name", () =>
    world.line.calls.some(({ path, status }) => path.includes(ann.id) && status === 200),
  );
  await until("a turn with a name", async () => {
    await ann.says("again");
    const turns = await ann.hasTurns(ann.turns().length);
    return turns.at(-1)?.turn.events[0]?.sender?.name === `Person ${ann.id}`;
  });
  expect(world.line.calls.filter(({ path }) => path.includes("profile"))).toHaveLength(1);
});

test("two accounts live side by side: each with its path, its secret, its token and its bot", async () => {
  const simulate = (name: string) =>
    startLine({
      line: {
        channelSecret: `${name}-secret`,
        channelAccessToken: `${name}-token`,
        botUserId: `U${name.charCodeAt(0).toString(16).padStart(32, "0")}`,
      },
    });
  await using shop = await simulate("shop");
  await using help = await simulate("help");
  const accounts = [
    {
      account: "shop",
      channelSecret: "shop-secret",
      channelAccessToken: "shop-token",
      botUserId: shop.line.botUserId,
    },
    {
      account: "help",
      channelSecret: ["old", "help-secret"],
      channelAccessToken: "help-token",
      groupTrigger: "mention",
    },
  ];
  await using world = await startWorld({
    env: {
      LINE_CHANNEL_SECRET: undefined,
      LINE_CHANNEL_ACCESS_TOKEN: undefined,
      LINE_ACCOUNTS: JSON.stringify(accounts),
      // One address for both: the token tells LINE who calls, and here it tells a proxy.
      LINE_API_BASE_URL: shop.url,
    },
  });
  shop.line.webhookUrl = `${world.gateway.url}/webhook/line/shop`;
  help.line.webhookUrl = `${world.gateway.url}/webhook/line/help`;
  await shop.line.person("Uann").says("to the shop");
  await until("the shop answers", () => shop.line.seenBy("Uann").length === 1);
  await help.line.person("Uann").says("to the help desk");
  const [, asked] = await until(
    "two turns",
    () => world.agent.turnsOf("Uann").length === 2 && world.agent.turnsOf("Uann"),
  );
  expect(asked?.turn).toMatchObject({ account: "help", text: "to the help desk" });
  expect(
    world.gateway.rows("SELECT DISTINCT account FROM conversation WHERE peer_id = 'Uann' ORDER BY account"),
  ).toEqual([{ account: "help" }, { account: "shop" }]);
  // Its token is refused at the shop's LINE: that account stops, and the other works on.
  await world.gateway.hasLogged("delivery not accepted: it will be tried again", {
    account: "help",
    outcome: "account-stopped",
  });
  await shop.line.person("Ubob").says("still there?");
  await until("the shop answers again", () => shop.line.seenBy("Ubob").length === 1);

  shop.line.webhookUrl = `${world.gateway.url}/webhook/line/help`;
  expect((await shop.line.person("Uann").says("at the wrong address")).webhook.status).toBe(401);
  expect((await post(`${world.gateway.url}/webhook/line`, {}, "{}")).status).toBe(404);
  const other = JSON.stringify({ destination: `U${"e".repeat(32)}`, events: [] });
  const refused = await post(`${world.gateway.url}/webhook/line/shop`, signed(other, "shop-secret"), other);
  expect(refused.status).toBe(400);
});

test("with the channel's id tokens are fetched, renewed when LINE refuses one, and nothing is lost or stopped", async () => {
  await using world = await startWorld({
    env: { LINE_CHANNEL_ACCESS_TOKEN: undefined, LINE_CHANNEL_ID: "1234567890" },
    line: { channelAccessToken: "nobody-knows-it" },
  });
  const ann = world.somebody();
  ann.isAnsweredBy((turn) => answers(`re: ${turn.text}`));
  await ann.says("one");
  await ann.hasSeen(1);
  world.line.revokeTokens();
  await ann.says("two");
  await ann.hasSeen(2);
  await world.settled();
  expect(ann.texts()).toEqual(["re: one", "re: two"]);
  expect((await world.gateway.metrics()).sum("account_stopped", { account: "default" })).toBe(0);
  const fetched = world.line.calls.filter(({ path }) => path === "/oauth2/v3/token");
  expect(fetched.map(({ status }) => status)).toEqual([200, 200]);
  expect(world.gateway.output()).not.toContain("e2e-channel-secret");
});
