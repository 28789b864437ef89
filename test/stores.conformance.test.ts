/** Every store keeps every promise of its interface. A new store is a harness and one line here. */
import { describe } from "vitest";
import { answering, failing } from "./support/stores/conformance-answering.ts";
import { keepingTime } from "./support/stores/conformance-clock.ts";
import { batching, boundingWaits, withdrawing } from "./support/stores/conformance-collecting.ts";
import { acceptingOnce, healing, lendingTokens, storingOnly } from "./support/stores/conformance-ingest.ts";
import { carrying, parking } from "./support/stores/conformance-parking.ts";
import { repeating } from "./support/stores/conformance-repeating.ts";
import { constraining } from "./support/stores/conformance-schema.ts";
import { ordering, recording } from "./support/stores/conformance-sending.ts";
import { accounts, settling } from "./support/stores/conformance-settling.ts";
import { counting, expiring, purging, takingOver } from "./support/stores/conformance-sweeping.ts";
import { speakingFirst, takingOnce } from "./support/stores/conformance-taken-once.ts";
import { findingTokens } from "./support/stores/conformance-tokens.ts";
import { walking } from "./support/stores/conformance-walk.ts";
import { claiming, fencing } from "./support/stores/conformance-working.ts";
import { sqliteHarness } from "./support/stores/sqlite.ts";

const STORES = [sqliteHarness];
const SUITES = {
  "taking in": [acceptingOnce, healing, lendingTokens, storingOnly],
  collecting: [batching, withdrawing, boundingWaits],
  working: [claiming, fencing, failing, answering, takingOnce, speakingFirst],
  sending: [ordering, recording, repeating, settling, accounts, findingTokens, parking, carrying],
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
