import { prepareAbandonAttempt } from "./ops/abandon-attempt.ts";
import { prepareAnswerTurn } from "./ops/answer-turn.ts";
import { prepareClaimTurn } from "./ops/claim-turn.ts";
import type { Context } from "./ops/context.ts";
import { prepareDueDeliveries } from "./ops/due-deliveries.ts";
import { prepareDueTurns } from "./ops/due-turns.ts";
import { prepareExpireLeases } from "./ops/expire-leases.ts";
import { prepareFailTurn } from "./ops/fail-turn.ts";
import { prepareFindTurn } from "./ops/find-turn.ts";
import { prepareIngest } from "./ops/ingest.ts";
import { prepareListAccounts } from "./ops/list-accounts.ts";
import { prepareListActions } from "./ops/list-actions.ts";
import { prepareListConversations } from "./ops/list-conversations.ts";
import { prepareListWaiting } from "./ops/list-waiting.ts";
import { prepareNoteReceipt } from "./ops/note-receipt.ts";
import { prepareOfferButton } from "./ops/offer-button.ts";
import { prepareOperate } from "./ops/operate.ts";
import { prepareProbe } from "./ops/probe.ts";
import { preparePurge } from "./ops/purge.ts";
import { prepareQueueMessages } from "./ops/queue-messages.ts";
import { prepareReadItem } from "./ops/read-item.ts";
import { prepareReadTimeline } from "./ops/read-timeline.ts";
import { prepareReadyTurns } from "./ops/ready-turns.ts";
import { prepareRenewLease } from "./ops/renew-lease.ts";
import { prepareSealTurn } from "./ops/seal-turn.ts";
import { prepareSearch } from "./ops/search.ts";
import { prepareSettleAttempt } from "./ops/settle-attempt.ts";
import { prepareStartAttempt } from "./ops/start-attempt.ts";
import { prepareTakeOver } from "./ops/take-over.ts";
import { prepareWaiting } from "./ops/waiting.ts";

/** All operations, prepared on one connection. */
export function prepareOperations(context: Context) {
  return {
    ingest: prepareIngest(context),
    noteReceipt: prepareNoteReceipt(context),
    dueTurns: prepareDueTurns(context),
    sealTurn: prepareSealTurn(context),
    readyTurns: prepareReadyTurns(context),
    claimTurn: prepareClaimTurn(context),
    renewLease: prepareRenewLease(context),
    answerTurn: prepareAnswerTurn(context),
    offerButton: prepareOfferButton(context),
    failTurn: prepareFailTurn(context),
    queueMessages: prepareQueueMessages(context),
    findTurn: prepareFindTurn(context),
    dueDeliveries: prepareDueDeliveries(context),
    startAttempt: prepareStartAttempt(context),
    abandonAttempt: prepareAbandonAttempt(context),
    settleAttempt: prepareSettleAttempt(context),
    expireLeases: prepareExpireLeases(context),
    purge: preparePurge(context),
    takeOver: prepareTakeOver(context),
    probe: prepareProbe(context),
    waiting: prepareWaiting(context),
    listAccounts: prepareListAccounts(context),
    listActions: prepareListActions(context),
    listConversations: prepareListConversations(context),
    listWaiting: prepareListWaiting(context),
    operate: prepareOperate(context),
    readItem: prepareReadItem(context),
    readTimeline: prepareReadTimeline(context),
    search: prepareSearch(context),
  };
}

export type Operations = ReturnType<typeof prepareOperations>;
