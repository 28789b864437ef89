/**
 * Goal: the database itself refuses a state that the program has no word for.
 * Method: the schema's `CHECK` constraints are compared with the tables in `core/`, and one wrong row is tried on each.
 */
import { describe, expect } from "vitest";
import { ACCOUNT_STATUSES } from "../../../src/core/account.ts";
import { CONVERSATION_KINDS } from "../../../src/core/conversation.ts";
import { DELIVERY_STATES, ROUTES, SEND_OUTCOME_KINDS } from "../../../src/core/delivery.ts";
import { EVENT_STATES } from "../../../src/core/event.ts";
import { TURN_STATES } from "../../../src/core/turn.ts";
import { queued, sending } from "./conformance-steps.ts";
import { type StoreHarness, testOn } from "./harness.ts";

const CHECKED = [
  ["account", "status", ACCOUNT_STATUSES],
  ["conversation", "kind", CONVERSATION_KINDS],
  ["event", "state", EVENT_STATES],
  ["turn", "state", TURN_STATES],
  ["delivery", "state", DELIVERY_STATES],
  ["delivery", "route", ROUTES],
  ["attempt", "route", ROUTES],
  ["attempt", "outcome", SEND_OUTCOME_KINDS],
  ["reply_token", "state", ["unused", "claimed", "spent"]],
  ["receipt", "status", ["sent", "delivered", "read", "failed"]],
] as const;

export function constraining(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("the schema allows in", () => {
    for (const [table, column, words] of CHECKED) {
      test(`${table}.${column} exactly the words that the program has`, async (bench) => {
        const allowed = await bench.allowedValues(table, column);
        expect(new Set(allowed)).toEqual(new Set<string>(words));
      });
    }
  });

  describe("the database refuses", () => {
    for (const [table, column] of CHECKED.filter(([table]) => table !== "receipt" && table !== "account")) {
      test(`another word in ${table}.${column}`, async (bench) => {
        const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
        await sending(bench, deliveryId);
        await expect(async () => bench.change(table, {}, { [column]: "invented" })).rejects.toThrow();
      });
    }

    test("a token in use that names no delivery", async (bench) => {
      await queued(bench, "m1", ["a"], { token: "t1" });
      await expect(async () => bench.change("reply_token", {}, { state: "claimed" })).rejects.toThrow();
    });

    test("a second event under the same key", async (bench) => {
      await queued(bench, "m1", ["a"]);
      const [key = {}] = await bench.rows("dedup_key");
      await expect(async () => bench.insert("dedup_key", { ...key, event_id: "other" })).rejects.toThrow();
    });
  });
}
