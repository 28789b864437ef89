/** Every store keeps every promise of its interface. A new store is a harness and a call of this. */
import { describe } from "vitest";
import { stoppingAccounts } from "./conformance-accounts.ts";
import { answering, failing } from "./conformance-answering.ts";
import { awaiting } from "./conformance-awaiting.ts";
import { bundling } from "./conformance-bundling.ts";
import { interrupting, skipping } from "./conformance-busy.ts";
import { keepingTime } from "./conformance-clock.ts";
import { batching, boundingWaits, retracting } from "./conformance-collecting.ts";
import { bringingContext } from "./conformance-context.ts";
import { editing } from "./conformance-edits.ts";
import { failingAgain } from "./conformance-failing-turns.ts";
import { deletingContent, forgetting } from "./conformance-forgetting.ts";
import { gaugingAccounts } from "./conformance-gauges.ts";
import { handingOver } from "./conformance-handover.ts";
import { speakingFirst, takingOnce } from "./conformance-idempotency-keys.ts";
import { acceptingOnce, grantingTokens, recovering, storingOnly } from "./conformance-ingest.ts";
import { looking } from "./conformance-looking.ts";
import { operating } from "./conformance-operating.ts";
import { owning } from "./conformance-owning.ts";
import { carrying, parking } from "./conformance-parking.ts";
import { keepingPeerIds } from "./conformance-peer-ids.ts";
import { quoting } from "./conformance-quoting.ts";
import { keepingReceipts, keepingWindows, settlingByReceipt, waitingForReceipts } from "./conformance-receipts.ts";
import { refusing } from "./conformance-refusals.ts";
import { repeating } from "./conformance-repeating.ts";
import { constraining } from "./conformance-schema.ts";
import { ordering, recording } from "./conformance-sending.ts";
import { keepingSets } from "./conformance-sets.ts";
import { accounts, settling } from "./conformance-settling.ts";
import { slowReplies } from "./conformance-slow-reply.ts";
import { counting, expiring, purging, takingOver } from "./conformance-sweeping.ts";
import { telling } from "./conformance-telling.ts";
import { refusingTemplates } from "./conformance-template.ts";
import { claimingTogether, startingTogether } from "./conformance-together.ts";
import { findingTokens } from "./conformance-tokens.ts";
import { listingRows } from "./conformance-waiting-rows.ts";
import { walking } from "./conformance-walk.ts";
import { claiming, fencing } from "./conformance-working.ts";
import type { StoreHarness } from "./harness.ts";

const SUITES = {
  "taking in": [acceptingOnce, recovering, grantingTokens, storingOnly, keepingPeerIds, quoting],
  collecting: [batching, retracting, editing, keepingSets, boundingWaits, skipping, interrupting],
  working: [claiming, claimingTogether, bringingContext, fencing, failing, answering, takingOnce, speakingFirst],
  sending: [
    ordering,
    recording,
    startingTogether,
    repeating,
    settling,
    accounts,
    stoppingAccounts,
    awaiting,
    findingTokens,
    parking,
    carrying,
    slowReplies,
    refusing,
    refusingTemplates,
  ],
  "receipts and windows": [
    settlingByReceipt,
    keepingReceipts,
    waitingForReceipts,
    bundling,
    keepingWindows,
    handingOver,
  ],
  sweeping: [expiring, takingOver, owning, purging, deletingContent, forgetting, counting],
  "keeping time": [keepingTime],
  "the schema": [constraining],
  operating: [looking, listingRows, telling, operating, failingAgain, gaugingAccounts],
  walking: [walking],
};

export function conformance(harness: StoreHarness): void {
  describe(harness.name, () => {
    for (const [topic, suites] of Object.entries(SUITES)) {
      describe(topic, () => {
        for (const suite of suites) suite(harness);
      });
    }
  });
}

/** Of them those about what an operator is shown, which depends on how a database sorts. */
export function conformanceOfLists(harness: StoreHarness): void {
  for (const suite of SUITES.operating) suite(harness);
}
