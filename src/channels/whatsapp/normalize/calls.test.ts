/**
 * Goal: a person's call opens the window and no turn; the business's own opens nothing.
 * Method: the recorded webhooks of a call, and variations of them.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../../core/event.ts";
import { asVerified } from "../../channel.ts";
import { normalizeWebhook, UNKNOWN_PEER } from "../normalize.ts";

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8"));
}

function only(body: unknown): InboundEvent {
  const webhook = asVerified(new TextEncoder().encode(JSON.stringify(body)));
  const { events } = normalizeWebhook(webhook, { account: "shop", phoneNumberId: "106540000000001" });
  expect(events).toHaveLength(1);
  return events[0] as InboundEvent;
}

describe("a call", () => {
  const DAY = 24 * 3_600_000;
  const callWith = (fields: Record<string, unknown>) => {
    const body = fixture("call-connect") as { entry: [{ changes: [{ value: { calls: [object] } }] }] };
    Object.assign(body.entry[0].changes[0].value.calls[0], fields);
    return body;
  };

  test("from a person opens the window and no turn, by both its webhooks", () => {
    const event = only(fixture("call-connect"));
    expect(event).toMatchObject({ type: "calls", effect: "store", windowMs: DAY, sentAt: 1_795_316_403_000 });
    expect(event.conversation).toMatchObject({ kind: "user", peerId: "15550003333" });
    const end = only(fixture("call-terminate"));
    expect(end.dedupKeys).not.toEqual(event.dedupKeys);
    // It lasted 303 s, and the window is counted from its beginning.
    expect(end).toMatchObject({ type: "calls", effect: "store", windowMs: DAY - 303_000 });
  });

  test("by the business opens none, and is the person's all the same", () => {
    const event = only(callWith({ direction: "BUSINESS_INITIATED", from: "15550009999", to: "15550003333" }));
    expect(event.windowMs).toBeUndefined();
    expect(event.conversation.peerId).toBe("15550003333");
  });

  test("without a caller is stored, and opens no window", () => {
    const body = callWith({ from: undefined });
    Object.assign((body.entry[0].changes[0] as { value: object }).value, { contacts: [] });
    expect(only(body)).toMatchObject({ conversation: { peerId: UNKNOWN_PEER } });
    expect(only(body).windowMs).toBeUndefined();
  });
});
