/**
 * Goal: `turnpike account` shows why an account is stopped and what waits, and starts it once.
 * Method: the command's own functions on a real SQLite file that no gateway holds.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { attemptOf, message, outgoing, policy, report, SEND_RETRY } from "../../../test/support/stores/samples.ts";
import { Misconfigured } from "../../core/errors.ts";
import { sqlite } from "../../store/sqlite/index.ts";
import { list, start } from "./account.ts";

/** A tmpfs, if there is one: each action is a commit. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

let folder: string;
let env: Readonly<Record<string, string>>;
beforeEach(() => {
  folder = mkdtempSync(join(FOLDER, "turnpike-account-"));
  env = { TURNPIKE_DATABASE_URL: `sqlite:${join(folder, "turnpike.db")}` };
});
afterEach(() => rmSync(folder, { recursive: true }));

function terminal() {
  const out: string[] = [];
  return { out: (line: string) => void out.push(line), info: () => undefined, text: () => out.join("\n") };
}

/** An account that the platform refuses, and one answer that waits. */
async function stoppedAccount(): Promise<void> {
  const store = sqlite({ file: join(folder, "turnpike.db"), clock: manualClock(), random: seededRandom(1) });
  const said = await store.ingest(message("m1", { effect: "collect-now" }), policy());
  const turnId = said.kind === "duplicate" ? "" : (said.turnId ?? "");
  const turn = await store.claimTurn({ turnId, owner: "p", leaseMs: 1_000 });
  if (turn === null || turn === "empty") throw new Error(`${turnId} can't be claimed`);
  const answered = await store.answerTurn({ ...turn, messages: outgoing("a"), messagesPerCall: 1, done: true });
  const [deliveryId = ""] = answered.deliveryIds;
  const attempt = await store.startAttempt(attemptOf(deliveryId));
  if (attempt?.kind !== "send") throw new Error(`${deliveryId} is not sent`);
  const refused = report({ kind: "account-stopped", reason: "401 \u001b[2Jinvalid token" });
  await store.settleAttempt({ deliveryId, attempt: 1, report: refused, retry: SEND_RETRY, random: 0 });
  await store.close();
}

test("lists what is stopped, why and how much waits, and its output can't manipulate a terminal", async () => {
  await stoppedAccount();
  const shown = terminal();
  await list(env, {}, shown);
  expect(shown.text()).toContain("line/default  stopped");
  expect(shown.text()).toContain("401 ·[2Jinvalid token");
  expect(shown.text()).toContain("1 delivery waits; possible: turnpike account start line/default");
});

test("starts a stopped account once, and says so", async () => {
  await stoppedAccount();
  const shown = terminal();
  await start(env, "line/default", {}, shown);
  expect(shown.text()).toContain("stopped → resuming");
  await expect(start(env, "line/default", {}, terminal())).rejects.toThrow(/not stopped/);
  const json = terminal();
  await list(env, { json: true }, json);
  expect(JSON.parse(json.text())).toMatchObject({ accounts: [{ status: "resuming", stopped: null, waiting: 1 }] });
});

test("names what is known when there is no such account, and what is allowed", async () => {
  await stoppedAccount();
  await expect(start(env, "line/shop", {}, terminal())).rejects.toThrow(/known: line\/default/);
  expect(() => start(env, "line", {}, terminal())).toThrow(Misconfigured);
});
