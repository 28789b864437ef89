/** Every store keeps every promise of its interface. A new store is a harness and one line here. */
import { describe } from "vitest";
import { answering, failing } from "./support/stores/conformance-answering.ts";
import { awaiting } from "./support/stores/conformance-awaiting.ts";
import { keepingTime } from "./support/stores/conformance-clock.ts";
import { batching, boundingWaits, withdrawing } from "./support/stores/conformance-collecting.ts";
import { bringingContext } from "./support/stores/conformance-context.ts";
import { acceptingOnce, healing, lendingTokens, storingOnly } from "./support/stores/conformance-ingest.ts";
import { naming } from "./support/stores/conformance-names.ts";
import { carrying, parking } from "./support/stores/conformance-parking.ts";
import {
  keepingReceipts,
  keepingWindows,
  settlingByReceipt,
  waitingForReceipts,
} from "./support/stores/conformance-receipts.ts";
import { repeating } from "./support/stores/conformance-repeating.ts";
import { constraining } from "./support/stores/conformance-schema.ts";
import { ordering, recording } from "./support/stores/conformance-sending.ts";
import { accounts, settling } from "./support/stores/conformance-settling.ts";
import { counting, expiring, purging, takingOver } from "./support/stores/conformance-sweeping.ts";
import { findingTokens } from "./support/stores/conformance-tokens.ts";
import { walking } from "./support/stores/conformance-walk.ts";
import { claiming, fencing } from "./support/stores/conformance-working.ts";
import { sqliteHarness } from "./support/stores/sqlite.ts";

const STORES = [sqliteHarness];
const SUITES = {
  "taking in": [acceptingOnce, healing, lendingTokens, storingOnly, naming],
  collecting: [batching, withdrawing, boundingWaits],
  working: [claiming, bringingContext, fencing, failing, answering],
  sending: [ordering, recording, repeating, settling, accounts, awaiting, findingTokens, parking, carrying],
  "receipts and windows": [settlingByReceipt, keepingReceipts, waitingForReceipts, keepingWindows],
  sweeping: [expiring, takingOver, purging, counting],
  "keeping time": [keepingTime],
  "the schema": [constraining],
  walking: [walking],
};

for (const harness of STORES) {
  describe(harness.name, () => {
    for (const [topic, suites] of Object.entries(SUITES)) {
      describe(topic, () => {
        for (const suite of suites) suite(harness);
      });
    }
  });
}
