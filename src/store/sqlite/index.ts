import { type Chance, systemChance } from "../../runtime/chance.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Store } from "../store.ts";
import { type Db, lockFile, openDb, prepareFolder } from "./db.ts";
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
import { sharedStatements } from "./statements.ts";
import { storeClock } from "./store-clock.ts";
import { Writer } from "./writer.ts";

export interface SqliteOptions {
  /** Path of the database file; its folder is made. `:memory:` for a test that needs no crash. */
  readonly file: string;
  /**
   * Called when what is in memory can't be trusted any more: an fsync failed, the file is damaged. Default: throws from
   * the event loop, which ends the process. Whatever it does instead must end it too.
   */
  readonly onFatal?: (error: Error) => void;
  readonly clock?: Clock;
  readonly chance?: Chance;
}

/** Opens the store, for this process alone. Throws `Misconfigured` when the file can't be used, and says why. */
export function sqlite(options: SqliteOptions): Store {
  const { file, clock = systemClock(), chance = systemChance(), onFatal = throwFromEventLoop } = options;
  const inMemory = file === ":memory:";
  if (!inMemory) prepareFolder(file);
  const lock = inMemory ? null : lockFile(file);
  try {
    const { db } = openDb(file);
    const time = storeClock(clock, db);
    const context = { db: sharedStatements(db), clock: time, chance };
    return assemble(db, context, new Writer(db, onFatal, time.mark), () => lock?.release());
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function throwFromEventLoop(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}

function assemble(db: Db, context: Context, writer: Writer, release: () => void): Store {
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
