/** Every store keeps every promise of its interface. A new store is a harness and one line here. */
import { describe } from "vitest";
import { batching, boundingWaits, withdrawing } from "./support/stores/conformance-collecting.ts";
import { acceptingOnce, healing, lendingTokens, storingOnly } from "./support/stores/conformance-ingest.ts";
import { ordering, recording, repeating } from "./support/stores/conformance-sending.ts";
import { accounts, carrying, parking, settling } from "./support/stores/conformance-settling.ts";
import { answering, claiming, failing, fencing } from "./support/stores/conformance-working.ts";
import { sqliteHarness } from "./support/stores/sqlite.ts";

const STORES = [sqliteHarness];
const SUITES = {
  "taking in": [acceptingOnce, healing, lendingTokens, storingOnly],
  collecting: [batching, withdrawing, boundingWaits],
  working: [claiming, fencing, failing, answering],
  sending: [ordering, recording, repeating, settling, accounts, parking, carrying],
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
