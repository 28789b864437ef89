/**
 * Goal: an agent gets a message once, in its newest wording, in whatever order its edits arrive; and what it has had stays.
 * Method: each row of the table in `core/revision.ts`, and every order of a message, two edits and a retraction.
 */
import { describe, expect } from "vitest";
import { assert } from "../../../src/core/errors.ts";
import type { EventEffect } from "../../../src/core/event.ts";
import { answer, claimed, mustClaim, say, sayNow, stateOf } from "./conformance-steps.ts";
import { type Bench, oneRow, onFresh, type StoreHarness, testOn } from "./harness.ts";
import { BATCH, edition, HOUR, LEASE_MS, message, OWNER, policy, retraction } from "./samples.ts";

/** An edit of message `id`, as a channel makes it: the whole message, under its own id. */
function editOf(id: string, text: string, version = 1, effect: EventEffect = "store") {
  const event = message(`edit-${id}-${version}`, { effect, revises: edition(id, version) });
  const content = { message: { id, type: "text", text } };
  return { ...event, dedupKeys: [event.platformEventId] as const, type: "messageEdited", content };
}

const edit = (bench: Bench, ...of: Parameters<typeof editOf>) => bench.store.ingest(editOf(...of), policy());

function unsend(bench: Bench, id: string) {
  return bench.store.ingest(
    { ...message(`unsend-${id}`, { effect: "store", revises: retraction(id) }), type: "unsend" },
    policy(),
  );
}

async function textsOf(bench: Bench, turnId: string): Promise<unknown[]> {
  return (await mustClaim(bench, turnId)).events.map(({ content }) => content.message?.text);
}

export function editing(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a message that the person edits", () => {
    test("has its new wording in a collecting turn, once, and the edit is an event of its own", async (bench) => {
      const { turnId } = await say(bench, "m1", { text: "5" });
      expect(await edit(bench, "m1", "6")).toMatchObject({ kind: "accepted", turnId: null });
      expect(await edit(bench, "m1", "6")).toMatchObject({ kind: "duplicate" });
      await say(bench, "m2", { text: "7" });
      bench.clock.step(BATCH.quietMs);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("ready");
      expect(await textsOf(bench, turnId)).toEqual(["6", "7"]);
    });

    test("has it in a ready turn that no agent has had", async (bench) => {
      const { turnId } = await sayNow(bench, "m1", { text: "5" });
      await edit(bench, "m1", "6");
      expect(await textsOf(bench, turnId)).toEqual(["6"]);
    });

    test("opens no turn by its edit where edits open turns, while no agent has had it", async (bench) => {
      const { turnId } = await say(bench, "m1", { text: "5" });
      expect(await edit(bench, "m1", "6", 1, "collect")).toMatchObject({ turnId: null });
      bench.clock.step(BATCH.quietMs);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("ready");
      expect(await textsOf(bench, turnId)).toEqual(["6"]);
    });

    test("stays what it was for an agent that has it: the edit is kept, and opens a turn if its type does", async (bench) => {
      const turn = await claimed(bench, "m1", { text: "5" });
      expect(await edit(bench, "m1", "6")).toMatchObject({ kind: "accepted", turnId: null });
      const second = await edit(bench, "m1", "7", 2, "collect-now");
      expect((await bench.store.findTurn(turn.turnId))?.events).toEqual(turn.events);
      await answer(bench, turn, []);
      assert("turnId" in second && second.turnId !== null, "the edit opened no turn");
      // An edit of the edit is in that turn, once.
      await edit(bench, "m1", "8", 3, "collect");
      expect(await textsOf(bench, second.turnId)).toEqual(["8"]);
    });

    test("is in an interrupted turn's successor once, in its new wording", async (bench) => {
      const { turnId } = await sayNow(bench, "m1", { text: "5" });
      await mustClaim(bench, turnId);
      const next = await bench.store.ingest(editOf("m1", "6", 1, "collect-now"), policy({ busy: "interrupt" }));
      expect(next).toMatchObject({ interrupted: turnId });
      assert("turnId" in next && next.turnId !== null, "the edit opened no turn");
      expect(await textsOf(bench, next.turnId)).toEqual(["6"]);
    });

    test("has what came too late for one agent in an interrupted turn's successor", async (bench) => {
      const id = "m1";
      await say(bench, id, { text: "5" });
      await say(bench, "m2", { text: "oops" });
      const { turnId } = await sayNow(bench, "m3", { text: "please" });
      await mustClaim(bench, turnId);
      await edit(bench, id, "6", 1);
      await edit(bench, id, "7", 2);
      await unsend(bench, "m2");
      await edit(bench, "m2", "oh", 1);
      const next = await say(bench, "m4", { effect: "collect-now", text: "now" }, { busy: "interrupt" });
      expect(await textsOf(bench, next.turnId)).toEqual(["7", "please", "now"]);
    });

    test("keeps its newest wording when a second turn is interrupted as well", async (bench) => {
      const { turnId } = await sayNow(bench, "m1", { text: "5" });
      await mustClaim(bench, turnId);
      await edit(bench, "m1", "6", 1);
      const second = await say(bench, "m2", { effect: "collect-now", text: "now" }, { busy: "interrupt" });
      await edit(bench, "m1", "7", 2);
      expect(await textsOf(bench, second.turnId)).toEqual(["7", "now"]);
      const third = await say(bench, "m3", { effect: "collect-now", text: "please" }, { busy: "interrupt" });
      expect(await textsOf(bench, third.turnId)).toEqual(["7", "now", "please"]);
    });

    test("that opened no turn is context in its new wording, or comes as the edit that does", async (bench) => {
      for (const id of ["m1", "m2"]) await bench.store.ingest(message(id, { effect: "store", text: "5" }), policy());
      await edit(bench, "m1", "6");
      const opened = await edit(bench, "m2", "@bot 7", 1, "collect-now");
      assert("turnId" in opened && opened.turnId !== null, "the edit opened no turn");
      const context = { maxEvents: 9, maxAgeMs: HOUR };
      const turn = await bench.store.claimTurn({ turnId: opened.turnId, owner: OWNER, leaseMs: LEASE_MS, context });
      assert(turn !== null && turn !== "empty", "the edit's turn can't be claimed");
      const said = (events: typeof turn.events) => events.map(({ content }) => content.message?.text);
      expect([said(turn.context), said(turn.events)]).toEqual([["6"], ["@bot 7"]]);
    });

    test("and that comes after its edit has the edit's wording, and is no duplicate", async (bench) => {
      expect(await edit(bench, "m1", "6")).toMatchObject({ kind: "accepted", turnId: null });
      const { turnId, eventId } = await sayNow(bench, "m1", { text: "5" });
      expect(await bench.store.ingest(message("m1", { effect: "collect-now" }), policy())).toMatchObject({
        kind: "duplicate",
        eventId,
      });
      expect(await textsOf(bench, turnId)).toEqual(["6"]);
    });

    test("and that comes after an edit that opened a turn is a duplicate", async (bench) => {
      const opened = await edit(bench, "m1", "6", 1, "collect-now");
      assert("turnId" in opened && opened.turnId !== null, "the edit opened no turn");
      expect(await bench.store.ingest(message("m1"), policy())).toMatchObject({ kind: "duplicate" });
      expect(await textsOf(bench, opened.turnId)).toEqual(["6"]);
    });

    test("leaves the raw webhook as it came", async (bench) => {
      const { eventId } = await say(bench, "m1", { text: "5" });
      const { raw } = await oneRow(bench, "event", { event_id: eventId });
      await edit(bench, "m1", "6");
      expect((await oneRow(bench, "event", { event_id: eventId })).raw).toBe(raw);
    });

    test("of another conversation is not touched by the same key", async (bench) => {
      const { eventId } = await say(bench, "m1", { text: "5" });
      const elsewhere = editOf("m1", "6");
      await bench.store.ingest({ ...elsewhere, conversation: { ...elsewhere.conversation, peerId: "U2" } }, policy());
      expect(await stateOf(bench, "event", eventId)).toBe("accepted");
      expect(String((await oneRow(bench, "event", { event_id: eventId })).content)).toContain('"5"');
    });

    test("has the newest wording, and is gone once it was taken back, in whatever order all of it arrives", async () => {
      for (const order of ORDERS) {
        await onFresh(harness, async (bench) => {
          for (const step of order) await take(bench, step);
          const turns = await bench.rows("turn");
          const said = await Promise.all(turns.map(async ({ turn_id: id }) => await textsWhenDue(bench, String(id))));
          expect(said.flat(), order.join(", ")).toEqual(expectedAfter(order));
        });
      }
    });
  });
}

type Step = "say" | "first edit" | "second edit" | "unsend";

/** All of them: among some at random the order that shows an older edit winning could be missing. */
const ORDERS = [
  ...ordersOf(["say", "first edit", "second edit"]),
  ...ordersOf(["say", "first edit", "second edit", "unsend"]),
];

function ordersOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  if (steps.length === 0) return [[]];
  return steps.flatMap((first) => ordersOf(steps.filter((step) => step !== first)).map((rest) => [first, ...rest]));
}

async function take(bench: Bench, step: Step): Promise<void> {
  if (step === "say") await bench.store.ingest(message("m1", { text: "5" }), policy());
  else if (step === "unsend") await unsend(bench, "m1");
  else if (step === "first edit") await edit(bench, "m1", "6", 1);
  else await edit(bench, "m1", "7", 2);
}

function expectedAfter(order: readonly Step[]): readonly string[] {
  if (!order.includes("say") || order.includes("unsend")) return [];
  return [order.includes("second edit") ? "7" : order.includes("first edit") ? "6" : "5"];
}

async function textsWhenDue(bench: Bench, turnId: string): Promise<unknown[]> {
  bench.clock.step(BATCH.maxWaitMs);
  const sealed = await bench.store.sealTurn(turnId);
  return sealed.kind === "ready" ? await textsOf(bench, turnId) : [];
}
