/**
 * Goal: a text that goes out in the account's own template doesn't die of the template: it waits for the person as if there
 * were none, and the account's operator is told until the platform takes one again (G11; regression 35).
 * Method: each word about the template, the account's row after it, and what is due when the person writes.
 */
import { describe, expect } from "vitest";
import type { SendOutcome } from "../../../src/core/delivery.ts";
import { chooseRoute } from "../../../src/core/route.ts";
import { dueDeliveries, queued, settle } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { delivery, opens, PEER } from "./receipt-steps.ts";
import { attemptOf, DAY, SECOND } from "./samples.ts";

const REASON = "132015: the template is paused";
const refusedTo = (templateRefused: "to-everybody" | "to-this-person"): SendOutcome => ({
  kind: "refused",
  reason: REASON,
  templateRefused,
});

const due = async (bench: Bench) => (await dueDeliveries(bench, 10, "messenger/default")).due;

const told = async (bench: Bench) => {
  const accounts = await bench.store.listAccounts();
  return accounts.find(({ channel }) => channel === PEER.channel)?.templateRefused ?? null;
};

/** An answer that came after the window, to a person of its own. */
async function late(bench: Bench, id: string, peerId = `person of ${id}`): Promise<string> {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`], { ...PEER, peerId });
  return deliveryId;
}

/** As the send stage asks where the account has a template, or where the message's author has chosen one. */
async function call(bench: Bench, deliveryId: string, of: "account" | "author" = "account") {
  const own = of === "account";
  const attempt = await bench.store.startAttempt(
    attemptOf(deliveryId, {
      hasWindowTemplate: own,
      chooseRoute: ({ routeInput }) =>
        chooseRoute({
          ...routeInput,
          tokenMarginMs: 0,
          paid: "session",
          retryKeyLifeMs: null,
          templateInstead: own,
          needsNoWindow: !own,
        }),
    }),
  );
  if (attempt?.kind !== "send") throw new Error(`${deliveryId} is not sent: ${attempt?.kind}`);
  return attempt;
}

/** The call in the template, and the platform's word. */
async function inTemplate(bench: Bench, deliveryId: string, outcome: SendOutcome | "sent", of?: "author") {
  const attempt = await call(bench, deliveryId, of);
  expect(attempt.route).toBe("template");
  return await settle(bench, attempt, outcome);
}

export function refusingTemplates(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("the account's own template", () => {
    test("refused: the text is parked, the account says why and since when, and no other account does", async (bench) => {
      const one = await late(bench, "m1");
      bench.clock.step(SECOND);
      const settled = await inTemplate(bench, one, refusedTo("to-everybody"));
      expect(settled).toMatchObject({ settlement: { state: "parked", reason: REASON }, entered: true });
      expect(await told(bench)).toEqual({ reason: REASON, at: bench.clock.now() });
      expect(await oneRow(bench, "account", { channel: PEER.channel, account: "default" })).toMatchObject({
        template_refused_reason: REASON,
        template_refused_at: bench.clock.now(),
        status: "working",
      });
      expect(await bench.rows("account")).toHaveLength(1);
    });

    test("refused: the text goes in the window when the person writes, and not before", async (bench) => {
      const one = await late(bench, "m1", PEER.peerId);
      await inTemplate(bench, one, refusedTo("to-everybody"));
      bench.clock.step(DAY);
      expect(await due(bench)).toEqual([]);
      await opens(bench, "m2");
      expect(await due(bench)).toEqual([one]);
      const attempt = await call(bench, one);
      expect(attempt).toMatchObject({ route: "session", attempt: 2 });
      await settle(bench, attempt, "sent");
      expect(await delivery(bench, one)).toMatchObject({ state: "sent" });
      // A word in the window says nothing about the template.
      expect(await told(bench)).toMatchObject({ reason: REASON });
    });

    test("accepted later: it is no longer held against the account; the next refusal is told anew", async (bench) => {
      await inTemplate(bench, await late(bench, "m1"), refusedTo("to-everybody"));
      bench.clock.step(1);
      await inTemplate(bench, await late(bench, "m2"), "sent");
      expect(await told(bench)).toBeNull();
      bench.clock.step(SECOND);
      await inTemplate(bench, await late(bench, "m3"), refusedTo("to-everybody"));
      expect(await told(bench)).toEqual({ reason: REASON, at: bench.clock.now() });
    });

    test("accepted by a call that began before another was refused: it is held against the account all the same", async (bench) => {
      const before = await call(bench, await late(bench, "m1"));
      bench.clock.step(SECOND);
      await inTemplate(bench, await late(bench, "m2"), refusedTo("to-everybody"));
      await settle(bench, before, "sent");
      expect(await told(bench)).toEqual({ reason: REASON, at: bench.clock.now() });
    });

    test("refused to one person alone: the text is parked, and the account is told nothing", async (bench) => {
      const one = await late(bench, "m1");
      expect(await inTemplate(bench, one, refusedTo("to-this-person"))).toMatchObject({
        settlement: { state: "parked" },
      });
      expect(await told(bench)).toBeNull();
    });
  });

  test("a template that the message's author chose is a dead letter when it is refused, and clears nothing when accepted", async (bench) => {
    await inTemplate(bench, await late(bench, "m1"), refusedTo("to-everybody"));
    await inTemplate(bench, await late(bench, "m2"), "sent", "author");
    expect(await told(bench)).toMatchObject({ reason: REASON });
    bench.clock.step(1);
    await inTemplate(bench, await late(bench, "m3"), "sent");
    const chosen = await late(bench, "m4");
    await inTemplate(bench, chosen, refusedTo("to-everybody"), "author");
    expect(await delivery(bench, chosen)).toMatchObject({ state: "dead", reason: REASON });
    expect(await told(bench)).toBeNull();
  });
}
