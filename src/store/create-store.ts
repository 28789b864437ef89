import { forgetOutsideTurns, forgetTurns } from "./multi-transaction/forget.ts";
import { queueMessages } from "./multi-transaction/queue-messages.ts";
import { recordReceipt } from "./multi-transaction/record-receipt.ts";
import { expireLeases, purge, reclaimOrphanedLeases } from "./multi-transaction/sweep.ts";
import { abandonAttempt } from "./ops/abandon-attempt.ts";
import { dueAccountChecks, recordAccountCheck, takeAccountCheck } from "./ops/account-checks.ts";
import { answerTurn } from "./ops/answer-turn.ts";
import { claimTurn } from "./ops/claim-turn.ts";
import { countWaiting } from "./ops/count-waiting.ts";
import { dueDeliveries } from "./ops/due-deliveries.ts";
import { dueTurns } from "./ops/due-turns.ts";
import { failTurn } from "./ops/fail-turn.ts";
import { findQuoted } from "./ops/find-quoted.ts";
import { findTurn } from "./ops/find-turn.ts";
import { forgetPeerIds } from "./ops/forget-peer-ids.ts";
import { ingest } from "./ops/ingest.ts";
import { listAccounts } from "./ops/list-accounts.ts";
import { listActions } from "./ops/list-actions.ts";
import { listConversations } from "./ops/list-conversations.ts";
import { listWaiting } from "./ops/list-waiting.ts";
import { operate } from "./ops/operate.ts";
import { operateConversation } from "./ops/operate-conversation.ts";
import type { DedupKeyScan } from "./ops/parts/purge-rows.ts";
import { promptWithButton } from "./ops/prompt-with-button.ts";
import { readConversation } from "./ops/read-conversation.ts";
import { readEvent } from "./ops/read-event.ts";
import { readItem } from "./ops/read-item.ts";
import { readTimeline } from "./ops/read-timeline.ts";
import { readTurn } from "./ops/read-turn.ts";
import { readyTurns } from "./ops/ready-turns.ts";
import { renewLease } from "./ops/renew-lease.ts";
import { sealTurn } from "./ops/seal-turn.ts";
import { search, searchRequests } from "./ops/search.ts";
import { settleAttempt } from "./ops/settle-attempt.ts";
import { startAccount } from "./ops/start-account.ts";
import { startAttempt } from "./ops/start-attempt.ts";
import type { Store } from "./store.ts";
import type { Driver, LockTarget, Transaction } from "./transaction.ts";

/** The `Store` over one driver: maps each method to its operation and to the conversation that is locked for it. */
export function createStore(driver: Driver): Store {
  const scan: DedupKeyScan = { cursor: ["", "", ""] };
  const { cluster } = driver;
  const write =
    <A, R>(target: (args: A) => LockTarget, operation: (tx: Transaction, args: A) => Promise<R>) =>
    (args: A) =>
      driver.write(target(args), (tx) => operation(tx, args));
  const read =
    <A extends unknown[], R>(operation: (tx: Transaction, ...args: A) => Promise<R>) =>
    (...args: A) =>
      driver.read((tx) => operation(tx, ...args));
  const ofTurn = ({ turnId }: { readonly turnId: string }): LockTarget => ({ turnId });
  const ofDelivery = ({ deliveryId }: { readonly deliveryId: string }): LockTarget => ({ deliveryId });
  return {
    ingest: (event, policy) => driver.write({ event }, (tx) => ingest(tx, event, policy)),
    recordReceipt: (args) => recordReceipt(driver, args),
    dueTurns: read(dueTurns),
    sealTurn: (turnId, claim) => driver.write({ turnId }, (tx) => sealTurn(tx, turnId, claim)),
    readyTurns: read(readyTurns),
    claimTurn: write(ofTurn, claimTurn),
    renewLease: write(ofTurn, renewLease),
    answerTurn: write(ofTurn, answerTurn),
    promptWithButton: write(ofTurn, promptWithButton),
    failTurn: write(ofTurn, failTurn),
    findQuoted: read(findQuoted),
    findTurn: read(findTurn),
    queueMessages: (order) => queueMessages(driver, order),
    dueDeliveries: read(dueDeliveries),
    startAttempt: write(ofDelivery, startAttempt),
    abandonAttempt: write((abandoned) => abandoned, abandonAttempt),
    settleAttempt: write(ofDelivery, settleAttempt),
    expireLeases: (sweep) => expireLeases(driver, sweep),
    purge: (retention) => purge(driver, retention, scan),
    forgetTurns: (batch) => forgetTurns(driver, batch),
    forgetOutsideTurns: (step) => forgetOutsideTurns(driver, step),
    forgetPeerIds: (id) => driver.write({ conversationId: id }, (tx) => forgetPeerIds(tx, id)),
    eraseDeleted: () => driver.eraseDeleted(),
    reclaimOrphanedLeases: (owner) => reclaimOrphanedLeases(driver, owner),
    checkCommit: () => driver.checkCommit(),
    countWaiting: read(countWaiting),
    listAccounts: read(listAccounts),
    operateConversation: (order) =>
      driver.write({ conversationId: order.conversationId }, (tx) => operateConversation(tx, order)),
    startAccount: (order) => driver.write(null, (tx) => startAccount(tx, order)),
    dueAccountChecks: read(dueAccountChecks),
    takeAccountCheck: (take) => driver.write(null, (tx) => takeAccountCheck(tx, take)),
    recordAccountCheck: (checked) => driver.write(null, (tx) => recordAccountCheck(tx, checked)),
    listActions: read(listActions),
    listConversations: read(listConversations),
    listWaiting: read(listWaiting),
    readConversation: read(readConversation),
    readEvent: read(readEvent),
    readItem: read(readItem),
    readTimeline: read(readTimeline),
    readTurn: read(readTurn),
    search: read(search),
    searchRequests: read(searchRequests),
    operate: write(({ id }) => (id.startsWith("turn") ? { turnId: id } : { deliveryId: id }), operate),
    close: () => driver.close(),
    ...(cluster !== undefined && {
      heartbeat: (owner: string, version: string | null = null) => cluster.heartbeat(owner, version),
      deregister: (owner: string) => cluster.deregister(owner),
      listNodes: () => cluster.listNodes(),
    }),
  };
}
