/**
 * Goal: whoever asks any process about an account is told what the rows say, also where another process made the calls and
 * one of them succeeded late (G11, G12).
 * Method: gateways that make no call of their own on a database where accounts are stopped and started.
 */
import { describe, expect } from "vitest";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import { line } from "../../../src/channels/line/index.ts";
import { createGateway } from "../../../src/gateway.ts";
import { seededRandom } from "../seeded-random.ts";
import { queued, sending, sent, settle } from "./conformance-steps.ts";
import { type Bench, type StoreHarness, testOn } from "./harness.ts";

const STOPPED = 'turnpike_account_stopped{account="default",channel="line"}';

/** What a process that has just come to the database says of the account; `undefined`: nothing. */
async function gaugeAt(bench: Pick<Bench, "clock" | "store">): Promise<string | undefined> {
  const { clock, store } = bench;
  const { adminFetch } = createGateway({
    store,
    channels: [line({ channelSecret: ["secret"], channelAccessToken: "token" }, { clock })],
    agent: inProcessAgent(() => undefined),
    clock,
    random: seededRandom(3),
  });
  const response = await adminFetch(new Request("http://localhost/metrics"));
  const found = (await response.text()).split("\n").find((one) => one.startsWith(STOPPED));
  return found?.slice(STOPPED.length).trim();
}

/** Two answers are on their way: one stops the account, and the other succeeds after it. */
async function stopWhileAnotherSucceeds(bench: Bench): Promise<void> {
  const [one] = await queued(bench, "m1", ["a"]);
  const [two] = await queued(bench, "m2", ["b"], { peerId: "U2" });
  const late = await sending(bench, two);
  await sent(bench, one, "account-stopped");
  await settle(bench, late, "sent");
}

const start = (bench: Pick<Bench, "store">) =>
  bench.store.startAccount({ channel: "line", account: "default", actionId: "a1", actor: "cli" });

export function gaugingAccounts(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("the gauge of a stopped account", () => {
    test("is 1 though another call of it was on its way and succeeded, until it is started", async (bench) => {
      const [before] = await queued(bench, "m0", ["a"], { peerId: "U0" });
      await sent(bench, before, "rate-limited");
      expect(await gaugeAt(bench)).toBe("0");
      bench.clock.step(60_000);
      await stopWhileAnotherSucceeds(bench);
      expect(await gaugeAt(bench)).toBe("1");
      await start(bench);
      expect(await gaugeAt(bench)).toBe("0");
    });

    test("is 1 at the next process, which made no call", async (bench) => {
      await stopWhileAnotherSucceeds(bench);
      await bench.crash();
      expect(await gaugeAt(bench)).toBe("1");
    });

    if (harness.isShared) {
      test("is the same at every process of the database", async (bench) => {
        const beside = await bench.beside?.();
        if (beside === undefined) throw new Error("a shared database has room for a second process");
        const other = { clock: bench.clock, store: beside.store };
        await stopWhileAnotherSucceeds(bench);
        expect([await gaugeAt(bench), await gaugeAt(other)]).toEqual(["1", "1"]);
        await start(other);
        expect([await gaugeAt(bench), await gaugeAt(other)]).toEqual(["0", "0"]);
      });
    }
  });
}
