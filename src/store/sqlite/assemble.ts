import type { Store } from "../store.ts";
import type { Db } from "./db.ts";
import { erasing } from "./erasing.ts";
import { prepareAbandonAttempt } from "./ops/abandon-attempt.ts";
import { prepareAnswerTurn } from "./ops/answer-turn.ts";
import { prepareClaimTurn } from "./ops/claim-turn.ts";
import type { Context } from "./ops/context.ts";
import { prepareDueDeliveries } from "./ops/due-deliveries.ts";
import { prepareDueTurns } from "./ops/due-turns.ts";
import { prepareExpireLeases } from "./ops/expire-leases.ts";
import { prepareFailTurn } from "./ops/fail-turn.ts";
import { prepareFindTurn } from "./ops/find-turn.ts";
import { prepareForgetBeside } from "./ops/forget-beside.ts";
import { prepareForgetNames } from "./ops/forget-names.ts";
import { prepareForgetTurns } from "./ops/forget-turns.ts";
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
import type { Writer } from "./writer.ts";

/** All operations, each in the writer's groups or beside them. */
export function assemble(db: Db, context: Context, writer: Writer, release: () => void): Store {
  const write =
    <A extends unknown[], R>(operation: (...args: A) => R) =>
    (...args: A) =>
      writer.run(() => operation(...args));
  // Between groups no transaction is open, so a read sees what is committed and nothing else.
  const read =
    <A extends unknown[], R>(operation: (...args: A) => R) =>
    async (...args: A) =>
      operation(...args);
  return {
    ingest: write(prepareIngest(context)),
    noteReceipt: write(prepareNoteReceipt(context)),
    dueTurns: read(prepareDueTurns(context)),
    sealTurn: write(prepareSealTurn(context)),
    readyTurns: read(prepareReadyTurns(context)),
    claimTurn: write(prepareClaimTurn(context)),
    renewLease: write(prepareRenewLease(context)),
    answerTurn: write(prepareAnswerTurn(context)),
    offerButton: write(prepareOfferButton(context)),
    failTurn: write(prepareFailTurn(context)),
    queueMessages: write(prepareQueueMessages(context)),
    findTurn: read(prepareFindTurn(context)),
    dueDeliveries: read(prepareDueDeliveries(context)),
    startAttempt: write(prepareStartAttempt(context)),
    abandonAttempt: write(prepareAbandonAttempt(context)),
    settleAttempt: write(prepareSettleAttempt(context)),
    expireLeases: write(prepareExpireLeases(context)),
    purge: write(preparePurge(context)),
    forgetTurns: write(erasing(db, prepareForgetTurns(context))),
    forgetBeside: write(erasing(db, prepareForgetBeside(context))),
    forgetNames: write(erasing(db, prepareForgetNames(context))),
    takeOver: write(prepareTakeOver(context)),
    probe: write(prepareProbe(context)),
    waiting: read(prepareWaiting(context)),
    listWaiting: read(prepareListWaiting(context)),
    listConversations: read(prepareListConversations(context)),
    readTimeline: read(prepareReadTimeline(context)),
    readItem: read(prepareReadItem(context)),
    search: read(prepareSearch(context)),
    operate: write(prepareOperate(context)),
    listActions: read(prepareListActions(context)),
    listAccounts: read(prepareListAccounts(context)),
    close: async () => {
      writer.flush();
      db.close();
      release();
    },
  };
}
