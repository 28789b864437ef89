import type { PoolClient } from "pg";
import { Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import { classifyError } from "./classify-error.ts";
import { commit, isRolledBack } from "./commit.ts";
import { type ConnectionPool, HISTORY } from "./pool.ts";

/** Status of a commit whose answer was lost. `unknown`: the store counts as unavailable. */
export type CommitStatus = "committed" | "aborted" | "unknown";

/** How long the status is polled, in ms: longer than a restart takes, shorter than clients wait for an answer. */
const POLL_FOR_MS = 5_000;
const POLL_EVERY_MS = 100;

/**
 * The transaction's status, if the server still has the same history; and a no-op WAL record: when its commit is answered,
 * the standby has everything before it. One transaction, because a pooler may route the next one to another server.
 */
const READ_AND_WRITE = `
  SELECT CASE WHEN history = $2 THEN pg_xact_status($1::text::xid8) END AS status,
         pg_logical_emit_message(true, 'turnpike', '')
  FROM (${HISTORY}) AS present`;

/** `broken`: the connection broke, or it isn't known yet whether the standby has the commit. */
type Found = CommitStatus | "in progress" | "broken";

const isKnown = (found: Found): found is CommitStatus => found !== "in progress" && found !== "broken";

/**
 * Resolves an ambiguous commit: when the connection breaks during COMMIT, its status is read with `pg_xact_status`, over
 * another connection if need be.
 *
 * Only the same server knows it, and only if it has not crashed: after a failover or a crash, transaction ids continue
 * elsewhere, and this one may belong to another transaction. Then the status is unknown.
 *
 * "Committed" holds for that server. Its standby may not have it: a cancelled wait for the standby, or a restart during it,
 * looks the same. So it counts once a later commit is answered.
 */
export class CommitStatuses {
  readonly #connections: ConnectionPool;
  readonly #clock: Clock;

  constructor(connections: ConnectionPool, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /** `client`: the connection of the commit. It is asked first while it lives, because another may take long to open. */
  async of(client: PoolClient, xid: string | null): Promise<CommitStatus> {
    const history = this.#connections.historyOf(client);
    if (xid === null || history === null) return "unknown";
    const end = this.#clock.now() + POLL_FOR_MS;
    let found = await readStatus(client, xid, history);
    while (!isKnown(found) && this.#clock.now() < end) {
      await pause(this.#clock, POLL_EVERY_MS);
      found = await this.#poll(xid, history);
    }
    return isKnown(found) ? found : "unknown";
  }

  async #poll(xid: string, history: string): Promise<Found> {
    let client: PoolClient;
    try {
      client = await this.#connections.take();
    } catch (error) {
      if (error instanceof Unavailable) return "in progress";
      throw error;
    }
    const found = await readStatus(client, xid, history);
    // A broken connection is dropped; the next poll uses another.
    client.release(found === "broken");
    return found;
  }
}

async function readStatus(client: PoolClient, xid: string, history: string): Promise<Found> {
  try {
    await client.query("BEGIN");
    const { rows } = await client.query<{ status: Found | null }>(READ_AND_WRITE, [xid, history]);
    const status = rows[0]?.status ?? "unknown";
    if (status === "committed") await commit(client, "COMMIT");
    else await client.query("ROLLBACK");
    return status;
  } catch (error) {
    if (classifyError(error) instanceof Unavailable) return "broken";
    // A server without `pg_xact_status` for us won't have it in a moment either.
    return (await isRolledBack(client)) ? "unknown" : "broken";
  }
}
