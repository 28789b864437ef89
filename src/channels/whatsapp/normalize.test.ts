/**
 * Goal: every webhook becomes what the design says, its keys are the same in every copy, and nothing that Meta may
 * invent makes it fail.
 * Method: the fixtures, small variations of them, and any JSON at all.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../core/event.ts";
import { asVerified, Malformed } from "../channel.ts";
import { normalizeWebhook, UNKNOWN_PEER } from "./normalize.ts";

const options = { account: "shop", phoneNumberId: "106540000000001" };
const FOLDER = new URL("./fixtures/", import.meta.url);

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

function normalizeAll(body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return normalizeWebhook(asVerified(new TextEncoder().encode(text)), options);
}

function normalize(body: unknown): readonly InboundEvent[] {
  return normalizeAll(body).events;
}

function only(body: unknown): InboundEvent {
  const [event, ...more] = normalize(body);
  expect(more).toEqual([]);
  if (event === undefined) throw new Error("no event");
  return event;
}

/** The fixture's one message or status, with some of its fields replaced or, by `undefined`, removed. */
function changed(name: string, fields: Record<string, unknown>, value: Record<string, unknown> = {}): unknown {
  const body = fixture(name) as { entry: [{ changes: [{ value: Record<string, unknown> }] }] };
  const [change] = body.entry[0].changes;
  Object.assign(change.value, value);
  for (const list of ["messages", "statuses"]) {
    const [said] = (change.value[list] as Record<string, unknown>[] | undefined) ?? [];
    if (said !== undefined) Object.assign(said, fields);
  }
  return body;
}

test("a text carries its words, its sender by name, its wamid as key, and its time in ms", () => {
  const { raw, ...event } = only(fixture("text"));
  expect(event).toEqual({
    conversation: { channel: "whatsapp", account: "shop", kind: "user", peerId: "15550001111" },
    peerIds: { own: null, reassignable: "15550001111", formerly: null },
    platformEventId: expect.stringMatching(/^wamid\./),
    dedupKeys: [event.platformEventId],
    type: "message",
    effect: "collect",
    sentAt: 1_795_316_400_000,
    redelivered: false,
    sender: { id: "15550001111", name: "Ann Example" },
    content: { message: { id: event.platformEventId, type: "text", text: "Is anybody there? 👋" } },
    token: null,
    revises: null,
    windowMs: 24 * 3_600_000,
  });
  expect(raw).toMatchObject({ type: "text" });
});

describe("a message of every type is a message to answer", () => {
  test.each([
    ["image", { type: "image", mediaId: "1003383420000001", text: "Which one is it?", mime_type: "image/jpeg" }],
    ["video", { type: "video", mediaId: "1003383420000002" }],
    ["voice", { type: "audio", mediaId: "1003383420000003", voice: true }],
    ["document", { type: "document", mediaId: "1003383420000004", filename: "invoice.pdf", text: "The invoice" }],
    ["sticker", { type: "sticker", mediaId: "1003383420000005", animated: false, text: "[sticker]" }],
    [
      "location",
      {
        type: "location",
        latitude: 37.44221,
        name: "Example Coffee",
        text: "[location] Example Coffee, 101 Example Ave (37.44221, -122.16165)",
      },
    ],
    [
      "contacts",
      {
        type: "contacts",
        contacts: [{ phones: [{ wa_id: "15550002319" }] }],
        text: "[contact] Lucía Gómez (+1 (555) 000-2319)",
      },
    ],
    ["order", { type: "order", catalog_id: "194836980000001", text: "as soon as you can" }],
    ["quoting", { type: "text", context: { id: "wamid.OURS0006", referred_product: { product_retailer_id: "p1" } } }],
    ["from-an-ad", { type: "text", referral: { source_type: "ad", ctwa_clid: "Aff-example" } }],
    ["forwarded", { type: "text", context: { forwarded: true } }],
    ["unsupported", { type: "unsupported", errors: [{ code: 131051 }], text: "[unsupported message]" }],
  ])("%s", (name, message) => {
    const event = only(fixture(name));
    expect(event).toMatchObject({ type: "message", effect: "collect", content: { message } });
    expect(event.content.message?.id).toBe(event.platformEventId);
  });

  test.each([
    ["order", { order: { catalog_id: "1" } }, "[order]"],
    ["location", { location: { latitude: "north" } }, "[location]"],
    [
      "contacts",
      { contacts: [{}, 7, { name: { formatted_name: "Bo" } }, { phones: [{ wa_id: "1555" }, {}] }] },
      "[contact] Bo; (1555)",
    ],
    ["contacts", { contacts: [] }, "[contact]"],
    ["voice", {}, undefined],
  ])("%s with %j has the text %j", (name, change, text) => {
    expect(only(changed(name, change)).content.message?.text).toBe(text);
  });
});

describe("a tap is a postback without debounce", () => {
  test.each([
    ["button-reply", { data: "cancel-button", params: { title: "Cancel" } }],
    ["list-reply", { data: "express", params: { title: "Express", description: "Next day" } }],
    ["flow-reply", { data: '{"flow_token":"t1","size":"L"}', params: { name: "flow", body: "Sent" } }],
    ["template-button", { data: "stop", params: { title: "Unsubscribe" } }],
  ])("%s", (name, postback) => {
    expect(only(fixture(name))).toMatchObject({ type: "postback", effect: "collect-now", content: { postback } });
  });

  test.each(["button-reply", "list-reply", "template-button", "quoting"])(
    "or a quote, and names the message: %s",
    (name) => {
      expect(only(fixture(name)).content.quoted).toEqual({ messageId: expect.stringMatching(/^wamid\./) });
    },
  );
});

test.each([
  ["reaction", "reaction", { reaction: { emoji: "👍" } }],
  ["reaction-removed", "reaction", { reaction: { message_id: "wamid.OURS0001" } }],
  ["system-new-number", "system", { system: { type: "user_changed_number" } }],
  ["account-error", "error", { code: 131000 }],
  ["template-status", "message_template_status_update", { event: "APPROVED" }],
  ["group-life", "group_lifecycle_update", { groups: [{ subject: "friends" }] }],
  ["user-id-update", "user_id_update", { user_id: { current: "US.24817300000000000001" } }],
  ["unknown-type", "other", { hologram: { depth: 3 } }],
])("%s is kept as %s, with all it said, and opens no turn", (name, type, details) => {
  expect(only(fixture(name))).toMatchObject({ type, effect: "store", content: { details } });
});

test("a human agent's message from the app is an echo in the person's conversation", () => {
  expect(only(fixture("app-echo"))).toMatchObject({
    type: "echo",
    effect: "store",
    conversation: { peerId: "15550001111" },
    content: { message: { text: "This is Carl from the shop" } },
    answeredBy: "maybe-greeting",
  });
});

test("an edit brings the whole message under its own id, and opens no window", () => {
  const event = only(fixture("edit"));
  expect(event).toMatchObject({ type: "messageEdited", effect: "store", conversation: { peerId: "15550001111" } });
  expect(event.content.message).toMatchObject({
    id: only(fixture("image")).dedupKeys[0],
    type: "image",
    text: "two of these",
  });
  expect(event.revises).toEqual({ kind: "edit", of: only(fixture("image")).dedupKeys[0], version: event.sentAt });
  expect(event.windowMs).toBeUndefined();
});

test("a revoked message is retracted by an event of its own, which opens no window", () => {
  const event = only(fixture("revoke"));
  expect(event).toMatchObject({
    type: "unsend",
    effect: "store",
    revises: { kind: "retract", of: only(fixture("text")).dedupKeys[0] },
  });
  expect(event.windowMs).toBeUndefined();
});

test("a human agent's edit, retraction or reaction from the app is no answer", () => {
  const events = normalize(fixture("app-echo-revised"));
  expect(events.map(({ type, answeredBy, revises }) => [type, answeredBy, revises?.of])).toEqual([
    ["messageEdited", undefined, only(fixture("app-echo")).dedupKeys[0]],
    ["unsend", undefined, only(fixture("app-echo")).dedupKeys[0]],
    ["reaction", undefined, undefined],
  ]);
});

test("several messages of several people in several entries are an event each", () => {
  const events = normalize(fixture("two-people"));
  expect(events.map(({ sender, content }) => [sender?.id, sender?.name, content.message?.text])).toEqual([
    ["15550001111", "Ann Example", "one"],
    ["15550002222", "Bob Example", "me too"],
    ["15550002222", "Bob Example", "two"],
  ]);
});

describe("who it is", () => {
  test("both ids, when both are told", () => {
    expect(only(fixture("with-user-id"))).toMatchObject({
      conversation: { peerId: "US.13491200000000000001" },
      peerIds: { own: "US.13491200000000000001", reassignable: "15550001111", formerly: null },
    });
  });

  test("a person without a number is identified by the user id", () => {
    expect(only(fixture("only-user-id"))).toMatchObject({
      conversation: { peerId: "US.13491200000000000002" },
      peerIds: { own: "US.13491200000000000002", reassignable: null },
      sender: { id: "US.13491200000000000002", name: "Bea Example" },
      effect: "collect",
    });
  });

  test("without ids the only contact is the sender", () => {
    const body = changed("only-user-id", { from_user_id: undefined });
    expect(only(body)).toMatchObject({ peerIds: { own: "US.13491200000000000002", reassignable: null } });
  });

  test("one of several contacts is not taken for another person", () => {
    const contacts = [{ wa_id: "15550002222", user_id: "US.2", profile: { name: "Bob" } }];
    expect(only(changed("text", {}, { contacts }))).toMatchObject({
      sender: { id: "15550001111", name: null },
      peerIds: { own: null, reassignable: "15550001111" },
    });
  });

  test("a new number says who it was before", () => {
    expect(only(fixture("system-new-number"))).toMatchObject({
      conversation: { peerId: "US.24817300000000000001" },
      peerIds: {
        own: "US.24817300000000000001",
        reassignable: "15550003333",
        formerly: { own: null, reassignable: "15550001111" },
      },
    });
  });

  test("a new user id without the old one is linked to no conversation: a user_id_update does that", () => {
    const event = only(fixture("system-new-user-id"));
    expect(event.conversation.peerId).toBe(UNKNOWN_PEER);
    expect(event.peerIds).toBeUndefined();
  });

  test("a user id that was replaced says by which", () => {
    expect(only(fixture("user-id-update")).peerIds).toEqual({
      own: "US.24817300000000000001",
      reassignable: "15550003333",
      formerly: { own: "US.13491200000000000001", reassignable: null },
    });
  });

  test("a group is its own conversation, and the sender a member", () => {
    const event = only(fixture("group"));
    expect(event).toMatchObject({
      conversation: { kind: "group", peerId: "Y2FwaV9ncm91cDoxNTU1MDAwOTk5OQZD" },
      sender: { id: "15550001111" },
    });
    expect(event.peerIds).toBeUndefined();
  });

  test("a message without a sender is stored and opens no turn", () => {
    expect(only(changed("text", { from: undefined }, { contacts: [] }))).toMatchObject({
      conversation: { peerId: UNKNOWN_PEER },
      effect: "store",
    });
  });
});

describe("a status is a receipt and no event", () => {
  test.each([
    ["status-sent", { status: "sent", platformMessageIds: ["wamid.OURS0007"], deliveryId: "dlv_01example" }],
    ["status-delivered", { status: "delivered", at: 1_795_316_404_000, failure: null, watermark: null }],
    ["status-read", { status: "read" }],
    ["status-played", { status: "read" }],
    ["status-group", { status: "delivered", platformMessageIds: ["wamid.OURS0009"] }],
    ["status-failed", { status: "failed", failure: { kind: "refused", reason: expect.stringContaining("131026") } }],
  ])("%s", (name, receipt) => {
    const { events, receipts } = normalizeAll(fixture(name));
    expect(events).toEqual([]);
    expect(receipts).toMatchObject([{ channel: "whatsapp", account: "shop", ...receipt }]);
  });

  test.each([
    [131_047, "window-closed"],
    [131_056, "retry"],
    [130_429, "rate-limited"],
    [131_031, "account-stopped"],
    [null, "refused"],
  ])("a failure with code %s means %s", (code, kind) => {
    const errors = code === null ? [] : [{ code, title: "words" }];
    expect(normalizeAll(changed("status-failed", { errors })).receipts).toMatchObject([{ failure: { kind } }]);
  });

  test("a failure at one member of a group decides nothing for the group", () => {
    const failed = { status: "failed", errors: [{ code: 131_026, title: "words" }] };
    expect(normalizeAll(changed("status-group", failed)).receipts).toEqual([]);
  });

  test("an unknown status is stored as other", () => {
    const { events, receipts } = normalizeAll(fixture("status-unheard-of"));
    expect(receipts).toEqual([]);
    expect(events).toMatchObject([{ type: "other", effect: "store", content: { details: { status: "pondered" } } }]);
  });
});

describe("the messaging window", () => {
  test.each([
    ["text", 24],
    ["reaction", 24],
    ["button-reply", 24],
    ["from-an-ad", 72],
  ])("%s opens it for %i hours", (name, hours) => {
    expect(only(fixture(name)).windowMs).toBe(hours * 3_600_000);
  });

  test.each(["system-new-number", "user-id-update", "app-echo", "account-error"])("%s opens none", (name) => {
    expect(only(fixture(name)).windowMs).toBeUndefined();
  });
});

test("parts for another number of the account are left out and reported", () => {
  const other = JSON.parse(JSON.stringify(fixture("text")).replaceAll("106540000000001", "999"));
  const mixed = { ...other, entry: [...other.entry, ...(fixture("voice") as { entry: unknown[] }).entry] };
  const { events, elsewhere } = normalizeAll(mixed);
  expect(events).toMatchObject([{ content: { message: { type: "audio" } } }]);
  expect(elsewhere).toEqual(["999"]);
  expect(normalizeAll(fixture("template-status"))).toMatchObject({ events: [{}], elsewhere: [] });
});

test("a copy has the same keys, whatever the order of its fields; another has others", () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".json"))) {
    const body = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
    const turned = JSON.parse(JSON.stringify(body, (_key, value) => reversed(value)));
    expect(normalize(turned).map((event) => event.dedupKeys)).toEqual(normalize(body).map((event) => event.dedupKeys));
  }
  const [one, two] = ["first", "second"].map((title) => only(changed("account-error", {}, { errors: [{ title }] })));
  expect(one?.dedupKeys).not.toEqual(two?.dedupKeys);
});

function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toReversed());
}

test("a message without an id has the same key in every copy", () => {
  const body = changed("text", { id: undefined });
  expect(only(body).dedupKeys).toEqual(only(body).dedupKeys);
  expect(only(body).dedupKeys[0]).toMatch(/^hash:/);
});

test.each([
  ["a number", 1_795_316_400, 1_795_316_400_000],
  ["words", "yesterday", 0],
  ["nothing", undefined, 0],
  ["a moment that no date can say", "99999999999999", 0],
  ["less than nothing", "-5", 0],
])("a timestamp that is %s", (_name, timestamp, sentAt) => {
  expect(only(changed("text", { timestamp })).sentAt).toBe(sentAt);
});

test.each(["", "hello", "[]", "null", "7", "{}", '{"entry":{}}'])("a body of %j is malformed", (body) => {
  expect(() => normalize(body)).toThrow(Malformed);
});

test("any JSON in the place of an entry never fails", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), (entry, value) => {
      normalize({ entry });
      for (const field of ["messages", "statuses", "message_echoes", "user_id_update", "errors"]) {
        normalize({ entry: [{ changes: [{ field: "messages", value: { [field]: [value], contacts: [value] } }] }] });
      }
    }),
  );
});
