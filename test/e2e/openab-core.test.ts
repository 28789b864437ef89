/**
 * Goal: a bot that is an openab core works behind the gateway as it is, whichever generation it is of.
 * Method: a client written from the protocol alone talks to the shipped program, which has a token for agents and no
 * agent's address. What counts is what the person sees on their phone and what the core gets on the wire.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./support/eventually.ts";
import { AGENT_TOKEN, type Somebody, startWorld, type World } from "./support/world.ts";
import { Core, type Generation } from "./support-core/core.ts";
import type { GatewayEvent } from "./support-core/frames.ts";

const startWithoutUrl = () => startWorld({ env: { TURNPIKE_AGENT_URL: undefined, TURNPIKE_AGENT_SECRET: undefined } });

async function coreAt(world: World, generation: Generation): Promise<Core> {
  const core = new Core(generation);
  await core.connect(world.gateway.url, AGENT_TOKEN);
  return core;
}

/** What this person says, as the core gets it. */
async function hears(core: Core, person: Somebody, text: string): Promise<GatewayEvent> {
  const already = core.eventsOf(person.id).length;
  await person.says(text);
  const event = (await core.hasEvents(person.id, already + 1))[already];
  if (event === undefined) throw new Error("no event");
  return event;
}

const routes = (person: Somebody) => person.seen().map(({ route }) => route);

describe.each<{ generation: Generation; is: string }>([
  { generation: "old", is: "an old core" },
  { generation: "new", is: "a new core with a hello" },
  { generation: "new-unheard", is: "a new core without a hello" },
])("$is", ({ generation }) => {
  let world: World;
  let core: Core;
  beforeAll(async () => {
    world = await startWithoutUrl();
    core = await coreAt(world, generation);
  });
  afterAll(async () => {
    await core[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  test("gets what a person says and answers it for nothing", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "explain VPC peering");
    expect(event).toMatchObject({
      schema: "openab.gateway.event.v1",
      event_id: expect.stringMatching(/^evt_\S+$/),
      platform: "line",
      event_type: "message",
      channel: { id: ann.id, type: "user" },
      sender: { id: ann.id, is_bot: false },
      content: { type: "text", text: "explain VPC peering" },
      message_id: expect.stringMatching(/^\S+$/),
    });
    await core.answers(event, "VPC peering is…");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["VPC peering is…"]);
    expect(routes(ann)).toEqual(["reply"]);
    expect(core.unreadable).toEqual([]);
  });

  test("sends two frames for one message: both are seen, in order, once", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    await core.answers(event, "first");
    await core.answers(event, "second");
    await ann.hasSeen(2);
    await ann.settled();
    expect(ann.texts()).toEqual(["first", "second"]);
    // Frames that come back to back share the one token. One that was waited for may be too late for it.
    if (generation !== "new") expect(routes(ann)).toEqual(["reply", "reply"]);
  });

  test("sends an answer beyond the platform's limit: all of it is seen, for nothing", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "tell me everything");
    const words = Array.from({ length: 2_000 }, (_, index) => `word${index}`);
    await core.answers(event, words.join(" "));
    await until("the last word", () => ann.texts().join(" ").includes("word1999"));
    await ann.settled();
    // Wherever it was split, by the core or by the gateway, the letters and their order stay.
    expect(ann.texts().join("").replaceAll(/\s/g, "")).toBe(words.join(""));
    expect(new Set(routes(ann))).toEqual(new Set(["reply"]));
  });

  test("answers with the `reply_to` of an earlier message: the answer is seen, with the later one's token", async () => {
    const ann = world.somebody();
    const first = await hears(core, ann, "one");
    await core.answers(first, "re: one");
    await ann.hasSeen(1);
    const second = await hears(core, ann, "two");
    expect(second.event_id).not.toBe(first.event_id);
    await core.answers(second, "re: two", first.event_id);
    await ann.hasSeen(2);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: one", "re: two"]);
    expect(routes(ann)).toEqual(["reply", "reply"]);
    expect(core.eventsOf(ann.id)).toHaveLength(2);
  });

  test("answers with a `reply_to` that nobody knows: the answer is seen in its conversation", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    await core.answers(event, "re: hi", "evt_00000000-0000-4000-8000-000000000000");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: hi"]);
  });

  test("reacts: the person sees the answer and none of the reactions", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    // Sent whatever was negotiated: one error path of a new core does.
    for (const emoji of ["👀", "🤔", "👨‍💻"]) {
      core.commands("add_reaction", event, emoji);
      core.commands("remove_reaction", event, emoji);
    }
    await core.answers(event, "done");
    core.commands("add_reaction", event, "🆗");
    core.commands("add_reaction", event, "😊");
    await ann.hasSeen(1);
    await ann.settled();
    await core.answers(await hears(core, ann, "thanks"), "welcome");
    await ann.hasSeen(2);
    expect(ann.texts()).toEqual(["done", "welcome"]);
  });

  test("reacts while it works: the person sees the loading animation, and then the answer", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "a hard one");
    core.commands("add_reaction", event, "🤔");
    await until("the loading animation", () => world.line.isLoading(ann.id));
    await core.answers(event, "solved");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["solved"]);
  });

  test("gets a picture inside the frame, and a film by name", async () => {
    const ann = world.somebody();
    const { messageId } = await ann.sends({ type: "image", contentProvider: { type: "line" } });
    const [picture] = await core.hasEvents(ann.id, 1);
    const bytes = Buffer.from(`the image of message ${messageId}`);
    expect(picture?.content).toMatchObject({
      attachments: [{ type: "image", mime_type: "image/jpeg", data: bytes.toString("base64"), size: bytes.length }],
    });
    if (picture !== undefined) await core.answers(picture, "nice");
    await ann.hasSeen(1);
    await ann.sends({ type: "video", contentProvider: { type: "line" } });
    const [, film] = await core.hasEvents(ann.id, 2);
    expect(film?.content).toMatchObject({
      attachments: [{ type: "video", data: "", status: expect.stringMatching(/^unsupported format: /) }],
    });
    if (film !== undefined) await core.answers(film, "can't see it");
    await ann.hasSeen(2);
  });

  test("streams an answer: the person sees its last edit, once, for nothing", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    await core.streams(event, ["It", "It is", "It is a"], "It is a final answer.");
    core.reacts(event, "🆗");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["It is a final answer."]);
    expect(routes(ann)).toEqual(["reply"]);
  });

  test.runIf(generation === "old")("streams slowly: the person sees no placeholder while it does", async () => {
    const [ann, ben] = [world.somebody(), world.somebody()];
    const event = await hears(core, ann, "hi");
    const target = await core.placeholder(event);
    // Somebody else's whole conversation goes by.
    await core.answers(await hears(core, ben, "hi"), "re: hi");
    await ben.hasSeen(1);
    await ben.settled();
    expect(ann.texts()).toEqual([]);
    core.commands("edit_message", event, "It is", target);
    core.commands("edit_message", event, "It is final.", target);
    core.reacts(event, "🆗");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["It is final."]);
    expect(routes(ann)).toEqual(["reply"]);
  });

  test.runIf(generation === "old")(
    "streams an answer and says nothing more: the person sees its last edit, once",
    async () => {
      const ann = world.somebody();
      const event = await hears(core, ann, "hi");
      await core.streams(event, ["It", "It is"], "It is final.");
      await ann.hasSeen(1);
      await ann.settled();
      expect(ann.texts()).toEqual(["It is final."]);
    },
  );

  test("asks for a topic and for what nobody knows: the person sees none of it", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    core.commands("create_topic", event, "a topic's title", "");
    core.commands("delete_message", event, "");
    core.commands("sing_a_song", event, "la la la");
    await core.answers(event, "re: hi");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: hi"]);
  });

  test("says what is no frame: its connection stays", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    for (const data of ["no JSON", "{}", "[]", '{"schema":"openab.gateway.unheard_of.v9"}', Buffer.from([1, 2, 3])]) {
      core.sendRaw(data);
    }
    await core.answers(event, "re: hi");
    await ann.hasSeen(1);
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(core).toMatchObject({ isConnected: true, connections: 1, unreadable: [] });
  });

  test("speaks by itself, with an empty `reply_to`: the person sees it", async () => {
    const ann = world.somebody();
    await core.answers(await hears(core, ann, "hi"), "re: hi");
    await ann.hasSeen(1);
    await ann.settled();
    await core.tells(ann.id, "good morning");
    await ann.hasSeen(2);
    expect(ann.texts()).toEqual(["re: hi", "good morning"]);
  });

  test("is away when a person writes: it gets that when it is back, once, and the answer is seen once", async () => {
    await using own = await startWithoutUrl();
    await using away = await coreAt(own, generation);
    const ann = own.somebody();
    await away.answers(await hears(away, ann, "before"), "re: before");
    await ann.hasSeen(1);
    await ann.settled();
    await away.loseConnection();
    await ann.says("while you were away");
    await away.connect(own.gateway.url, AGENT_TOKEN);
    const [, event] = await away.hasEvents(ann.id, 2);
    if (event === undefined) throw new Error("no event");
    await away.answers(event, "re: while you were away");
    await ann.hasSeen(2);
    await ann.settled();
    await away.answers(await hears(away, ann, "after"), "re: after");
    await ann.hasSeen(3);
    await ann.settled();
    expect(away.eventsOf(ann.id).map(({ content }) => content.text)).toEqual([
      "before",
      "while you were away",
      "after",
    ]);
    expect(ann.texts()).toEqual(["re: before", "re: while you were away", "re: after"]);
    expect(away.connections).toBe(2);
  });

  test("loses its connection over a turn it has shown no sign of: the turn comes again, and one answer is seen", async () => {
    await using own = await startWithoutUrl();
    await using busy = await coreAt(own, generation);
    busy.reactsAtOnce = false;
    const ann = own.somebody();
    const event = await hears(busy, ann, "hi");
    await busy.loseConnection();
    await busy.connect(own.gateway.url, AGENT_TOKEN);
    const [, again] = await busy.hasEvents(ann.id, 2);
    if (again === undefined) throw new Error("no event");
    expect(again).toMatchObject({ event_id: event.event_id, message_id: event.message_id });
    await busy.answers(again, "re: hi");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(busy.eventsOf(ann.id)).toHaveLength(2);
  });

  test("loses its connection over a turn it took up, and answers when it is back: the answer is seen once", async () => {
    await using own = await startWithoutUrl();
    await using busy = await coreAt(own, generation);
    const ann = own.somebody();
    const event = await hears(busy, ann, "hi");
    busy.commands("add_reaction", event, "🤔");
    await busy.loseConnection();
    await busy.connect(own.gateway.url, AGENT_TOKEN);
    await busy.answers(event, "re: hi");
    await ann.hasSeen(1);
    await ann.settled();
    await busy.answers(await hears(busy, ann, "after"), "re: after");
    await ann.hasSeen(2);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: hi", "re: after"]);
  });
});

describe("a core's hello and its acks", () => {
  let world: World;
  let core: Core;
  beforeAll(async () => {
    world = await startWithoutUrl();
    core = await coreAt(world, "new");
  });
  afterAll(async () => {
    await core[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  test("the answer has it send one frame, ask for an ack, and not stream", () => {
    expect(core.hello).toMatchObject({ protocol_version: 1, topology: { active_consumers: 1, supported: true } });
    expect(core.capabilities).toMatchObject({ send_ack: true, streaming_mode: "disabled" });
    const { unit, max = Number.POSITIVE_INFINITY } = core.capabilities.message_limit;
    expect(["characters", "unlimited"]).toContain(unit);
    expect(max).toBeGreaterThanOrEqual(20_000);
  });

  test("an ack names a message, once, also while LINE is out of reach; the answer is seen when it is back", async () => {
    const ann = world.somebody();
    const event = await hears(core, ann, "hi");
    await world.platformProxy.close();
    const acks = await core.answers(event, "re: hi");
    await world.platformProxy.open();
    await ann.hasSeen(1);
    await ann.settled();
    expect(acks).toMatchObject([{ schema: "openab.gateway.response.v1", success: true }]);
    expect(acks[0]?.message_id).toMatch(/\S/);
    expect(core.responses.filter(({ request_id }) => request_id === acks[0]?.request_id)).toHaveLength(1);
    expect(ann.texts()).toEqual(["re: hi"]);
  });
});

describe("the endpoint", () => {
  test("lets nobody in without the right token", async () => {
    await using world = await startWithoutUrl();
    for (const token of ["", "wrong", `${AGENT_TOKEN}x`]) {
      await expect(new Core("old").connect(world.gateway.url, token)).rejects.toThrow("401");
    }
    await using core = await coreAt(world, "old");
    expect(core.isConnected).toBe(true);
  });
});
