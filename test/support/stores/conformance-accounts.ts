/**
 * Goal: a stopped account sends nothing and hides nothing; it starts by itself, one delivery first, and no outcome of an
 * earlier call decides about it (G11, G12).
 * Method: refusals, checks and starts in single steps, with calls on their way across each of them.
 */
import { describe, expect } from "vitest";
import type { AccountHealth } from "../../../src/core/account.ts";
import type { AccountState } from "../../../src/store/operator.ts";
import { dueDeliveries, queued, sending, sent, settle, start, stateOf } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";
import { HOUR, MINUTE, outgoing, SECOND } from "./samples.ts";

const NAME = { channel: "line", account: "default" } as const;
const WELL: AccountHealth = { kind: "well" };

async function state(bench: Bench): Promise<AccountState | undefined> {
  return (await bench.store.listAccounts()).find(({ account }) => account === "default");
}

/** Answers to several people, a second apart, oldest first. */
async function answersTo(bench: Bench, ...people: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const peerId of people) {
    const [deliveryId] = await queued(bench, `m of ${peerId}`, ["a"], { peerId });
    ids.push(deliveryId);
    bench.clock.step(SECOND);
  }
  return ids;
}

const due = async (bench: Bench) => (await dueDeliveries(bench)).due;

/** The next check, as soon as it is due; resolves to how long that took, in ms. */
async function check(bench: Bench, health: AccountHealth): Promise<number> {
  const [first] = await bench.store.dueAccountChecks();
  if (first === undefined) throw new Error("no check is due");
  bench.clock.step(first.inMs);
  const taken = await bench.store.takeAccountCheck({ ...first, random: 0 });
  if (taken === null) throw new Error("the check was taken by another");
  await bench.store.recordAccountCheck({ ...taken, health });
  return first.inMs;
}

const started = (bench: Bench, actionId = "a1") => bench.store.startAccount({ ...NAME, actionId, actor: "cli" });

export function stoppingAccounts(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a stopped account", () => {
    test("sends nothing, and says why and how much waits", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1", "U2");
      expect(await sent(bench, one, "account-stopped")).toMatchObject({ account: "stopped" });
      expect(await dueDeliveries(bench)).toEqual({ due: [], nextInMs: null });
      expect(await state(bench)).toMatchObject({
        status: "stopped",
        stopped: { reason: "401", at: bench.clock.now() },
        waiting: 2,
      });
    });

    test("is told to whoever queues a message, until it is started", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      const queue = async () => {
        const to = { ...NAME, peerId: "U1" };
        const order = { to, messages: outgoing("news"), messagesPerCall: 5, key: null, deliverBy: null };
        return (await bench.store.queueMessages(order))?.isAccountStopped;
      };
      expect(await queue()).toBe(false);
      await sent(bench, one, "account-stopped");
      expect(await queue()).toBe(true);
      await started(bench);
      expect(await queue()).toBe(false);
    });

    test("isn't shown running by a call that was on its way and succeeds", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      const late = await sending(bench, two);
      await sent(bench, one, "account-stopped");
      expect(await settle(bench, late, "sent")).toMatchObject({ account: null });
      expect(await state(bench)).toMatchObject({ status: "stopped" });
    });

    test("keeps its first reason and its check when calls on their way are refused as well", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      const late = await sending(bench, two);
      await sent(bench, one, "account-stopped");
      const before = await state(bench);
      bench.clock.step(SECOND);
      await settle(bench, late, { kind: "account-stopped", reason: "another" });
      expect(await state(bench)).toEqual({ ...before, waiting: 2 });
    });

    test("is listed with all that it holds, also what was never tried, newest first", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      const list = async () => {
        const query = { kind: null, channel: null, account: null, conversation: null, since: null, before: null };
        return await bench.store.listWaiting({ ...query, states: ["pending"], limit: 10 });
      };
      expect((await list()).items).toEqual([]);
      await sent(bench, one, "account-stopped");
      const { items } = await list();
      expect(items.map(({ id }) => id)).toEqual([two, one]);
      expect(items[1]).toMatchObject({ state: "pending", waitsForAccount: true, reason: "401", attempts: 1 });
    });
  });

  describe("the check of a stopped account", () => {
    test("is due with back-off, up to a minute, and starts it when the platform is well", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      await sent(bench, one, "account-stopped");
      const refused = { kind: "refused", reason: "401" } as const;
      const waits: number[] = [];
      for (let n = 0; n < 8; n++) waits.push(await check(bench, refused));
      expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * SECOND));
      expect(await state(bench)).toMatchObject({ status: "stopped", check: { made: 8, said: "401" } });
      await check(bench, WELL);
      expect(await state(bench)).toMatchObject({ status: "resuming", stopped: null, check: null });
    });

    test("is taken by one of several processes", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      await sent(bench, one, "account-stopped");
      bench.clock.step(MINUTE);
      const [due] = await bench.store.dueAccountChecks();
      if (due === undefined) throw new Error("no check is due");
      const taken = await Promise.all([0, 1, 2].map(() => bench.store.takeAccountCheck({ ...due, random: 0 })));
      expect(taken.filter((one) => one !== null)).toHaveLength(1);
    });

    test("that another has overtaken decides nothing", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      await sent(bench, one, "account-stopped");
      bench.clock.step(MINUTE);
      const [due] = await bench.store.dueAccountChecks();
      const taken = due === undefined ? null : await bench.store.takeAccountCheck({ ...due, random: 0 });
      if (taken === null) throw new Error("no check is due");
      await check(bench, { kind: "refused", reason: "401" });
      expect(await bench.store.recordAccountCheck({ ...taken, health: WELL })).toBe("still-stopped");
      expect(await state(bench)).toMatchObject({ status: "stopped" });
    });

    test("that can't tell starts it too, for one delivery; one without an answer doesn't", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      await sent(bench, one, "account-stopped");
      await check(bench, { kind: "unreachable", reason: "reset" });
      expect(await state(bench)).toMatchObject({ status: "stopped", check: { said: "reset" } });
      await check(bench, { kind: "unsure", reason: "it can't be read" });
      expect(await state(bench)).toMatchObject({ status: "resuming" });
    });

    test("comes later and later where the platform is well and refuses what is sent all the same", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      const waits: number[] = [];
      for (let n = 0; n < 4; n++) {
        await sent(bench, one, "account-stopped");
        waits.push(await check(bench, WELL));
      }
      expect(waits).toEqual([1, 2, 4, 8].map((seconds) => seconds * SECOND));
      await sent(bench, one, "sent");
      bench.clock.step(HOUR);
      const [two = ""] = await answersTo(bench, "U2");
      await sent(bench, two, "account-stopped");
      expect(await check(bench, WELL)).toBe(SECOND);
    });
  });

  describe("an account that resumes", () => {
    test("sends one delivery at a time until the platform takes one, then all", async (bench) => {
      const [one = "", two = "", three = ""] = await answersTo(bench, "U1", "U2", "U3");
      await sent(bench, one, "account-stopped");
      await check(bench, WELL);
      const probe = await sending(bench, two);
      expect(await start(bench, three)).toBeNull();
      expect((await dueDeliveries(bench)).due).toEqual([]);
      expect(await settle(bench, probe, "sent")).toMatchObject({ account: "working" });
      expect(await state(bench)).toMatchObject({ status: "working" });
      await sending(bench, one);
      await sending(bench, three);
    });

    test("is stopped again by its probe, and another delivery is the next", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      await sent(bench, one, "account-stopped");
      await check(bench, WELL);
      expect((await due(bench))[0]).toBe(two);
      expect(await sent(bench, two, "account-stopped")).toMatchObject({ account: "stopped" });
      await check(bench, WELL);
      expect((await due(bench))[0]).toBe(one);
    });

    test("isn't decided about by a call from before it was started, whatever became of that", async (bench) => {
      const [one = "", two = "", three = ""] = await answersTo(bench, "U1", "U2", "U3");
      const [refused, taken] = [await sending(bench, two), await sending(bench, three)];
      await sent(bench, one, "account-stopped");
      await check(bench, WELL);
      expect(await settle(bench, refused, "account-stopped")).toMatchObject({ account: null });
      expect(await settle(bench, taken, "sent")).toMatchObject({ account: null });
      expect(await state(bench)).toMatchObject({ status: "resuming" });
      expect(await stateOf(bench, "delivery", two)).toBe("pending");
    });

    test("tries another delivery when the probe says nothing, or its process died", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      await sent(bench, one, "account-stopped");
      await check(bench, WELL);
      expect(await sent(bench, one, "retry")).toMatchObject({ account: null });
      await sending(bench, two);
      const [three = ""] = await answersTo(bench, "U3");
      expect(await start(bench, three)).toBeNull();
      bench.clock.step(MINUTE);
      await sending(bench, three);
    });

    test("has an answer wait for the probe that could have gone out with its turn's end", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      await sent(bench, one, "account-stopped");
      await check(bench, WELL);
      await sending(bench, one);
      const [two = ""] = await answersTo(bench, "U2");
      expect(await stateOf(bench, "delivery", two)).toBe("pending");
      expect(await start(bench, two)).toBeNull();
    });
  });

  describe("an operator", () => {
    test("starts a stopped account, once, and it is written down who did it", async (bench) => {
      const [one = ""] = await answersTo(bench, "U1");
      expect(await started(bench)).toEqual({ kind: "not-stopped" });
      await sent(bench, one, "account-stopped");
      expect(await started(bench)).toEqual({ kind: "started", isRepeated: false });
      expect(await started(bench)).toEqual({ kind: "started", isRepeated: true });
      expect(await started(bench, "a2")).toEqual({ kind: "not-stopped" });
      expect((await bench.store.listActions({ limit: 10, before: null })).items).toEqual([
        {
          at: bench.clock.now(),
          actionId: "a1",
          actor: "cli",
          action: "start",
          item: "account",
          id: "line/default",
          conversationId: null,
          from: "stopped",
          to: "resuming",
        },
      ]);
      expect(await due(bench)).toEqual([one]);
    });

    test("discards what a stopped account holds, and what stays is sent after its start", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      await sent(bench, one, "account-stopped");
      const discarded = await bench.store.operate({ actionId: "a1", actor: "cli", action: "discard", id: two });
      expect(discarded).toMatchObject({ kind: "done", from: "pending", to: "dead" });
      await started(bench);
      expect(await due(bench)).toEqual([one]);
    });
  });

  describe("an account that is rate limited", () => {
    const limited = (retryAfterMs = 0) => ({ kind: "rate-limited", reason: "429", retryAfterMs }) as const;

    test("goes on at once when the platform takes a later call of another person", async (bench) => {
      const [one = "", two = "", three = ""] = await answersTo(bench, "U1", "U2", "U3");
      const refused = await sending(bench, one);
      bench.clock.step(1);
      const later = await sending(bench, two);
      expect(await settle(bench, refused, limited())).toMatchObject({ account: null });
      expect(await due(bench)).toEqual([]);
      expect(await settle(bench, later, "sent")).toMatchObject({ account: "slowdown-ended" });
      expect(await state(bench)).toMatchObject({ slowUntil: null });
      expect(await due(bench)).toEqual([three]);
    });

    test("waits on when the call that was taken began earlier", async (bench) => {
      const [one = "", two = ""] = await answersTo(bench, "U1", "U2");
      const earlier = await sending(bench, two);
      bench.clock.step(1);
      await sent(bench, one, limited());
      expect(await settle(bench, earlier, "sent")).toMatchObject({ account: null });
      expect(await state(bench)).toMatchObject({ slowUntil: expect.any(Number) as number });
    });

    test("waits as long as the platform asked, whatever else it takes or limits meanwhile", async (bench) => {
      const [one = "", two = "", three = ""] = await answersTo(bench, "U1", "U2", "U3");
      const calls = [await sending(bench, one), await sending(bench, two)] as const;
      bench.clock.step(1);
      const later = await sending(bench, three);
      await settle(bench, calls[0], limited(20 * SECOND));
      await settle(bench, calls[1], limited());
      expect(await settle(bench, later, "sent")).toMatchObject({ account: null });
      expect(await state(bench)).toMatchObject({ slowUntil: bench.clock.now() + 20 * SECOND });
    });
  });

  test("the quota of paid messages is known from the rows: a paid call from before it was used up proves nothing", async (bench) => {
    const [one = "", two = "", three = ""] = await answersTo(bench, "U1", "U2", "U3");
    const late = await sending(bench, two);
    await sent(bench, one, "quota-exhausted");
    expect(await state(bench)).toMatchObject({ isOutOfQuota: true });
    await settle(bench, late, "sent");
    expect(await state(bench)).toMatchObject({ isOutOfQuota: true });
    bench.clock.step(SECOND);
    await sent(bench, three, "sent");
    expect(await state(bench)).toMatchObject({ isOutOfQuota: false });
  });
}
