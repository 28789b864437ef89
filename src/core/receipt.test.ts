/** Goal: a delivery's receipt status never goes back. Method: every order of every status. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { areReceiptsFlowing, isAcceptance, RECEIPT_STATUSES, type ReceiptStatus, strongerReceipt } from "./receipt.ts";

const words = fc.array(fc.constantFrom(...RECEIPT_STATUSES), { minLength: 1, maxLength: 20 });
const fold = (said: readonly ReceiptStatus[]) => said.reduce<ReceiptStatus | null>(strongerReceipt, null);
const strength = (status: ReceiptStatus | null) => (status === null ? -1 : RECEIPT_STATUSES.indexOf(status));

test("in whatever order receipts come, and however often, none weakens the status", () => {
  fc.assert(
    fc.property(words, (said) => {
      let known: ReceiptStatus | null = null;
      for (const word of said) {
        const next = strongerReceipt(known, word);
        expect(strength(next)).toBeGreaterThanOrEqual(strength(known));
        known = next;
      }
      expect(strength(known)).toBe(Math.max(...said.map(strength)));
    }),
  );
});

test("the same receipts in another order, or twice, make the same status", () => {
  fc.assert(
    fc.property(words, (said) => {
      expect(fold(said.toReversed())).toBe(fold(said));
      expect(fold([...said, ...said])).toBe(fold(said));
    }),
  );
});

test("what arrived has not failed, and what failed was not accepted", () => {
  expect(fold(["delivered", "failed"])).toBe("delivered");
  expect(fold(["sent", "failed"])).toBe("failed");
  expect(RECEIPT_STATUSES.filter(isAcceptance)).toEqual(["sent", "delivered", "read"]);
  expect(isAcceptance(null)).toBe(false);
});

test("receipts flow after three in a row, for a day, and while none is overdue", () => {
  const now = 1_790_000_000_000;
  const flowing = { run: 3, lastAt: now - 1_000, watchedSince: null };
  expect(areReceiptsFlowing(flowing, now, 30_000)).toBe(true);
  expect(areReceiptsFlowing({ ...flowing, run: 2 }, now, 30_000)).toBe(false);
  expect(areReceiptsFlowing({ ...flowing, lastAt: null }, now, 30_000)).toBe(false);
  expect(areReceiptsFlowing({ ...flowing, lastAt: now - 86_400_000 }, now, 30_000)).toBe(false);
  expect(areReceiptsFlowing({ ...flowing, watchedSince: now - 29_999 }, now, 30_000)).toBe(true);
  expect(areReceiptsFlowing({ ...flowing, watchedSince: now - 30_000 }, now, 30_000)).toBe(false);
});
