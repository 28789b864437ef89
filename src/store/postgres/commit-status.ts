import type { PoolClient } from "pg";
import { Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import { classifyError } from "./classify-error.ts";
import { commit, isRolledBack } from "./commit.ts";
import { type ConnectionPool, HISTORY } from "./pool.ts";

/** What became of a commit whose answer was lost. `unknown`: the store must be taken for unavailable. */
export type CommitStatus = "committed" | "aborted" | "unknown";

/** How long the database is asked again, in ms: longer than a restart takes, shorter than anybody would wait for an answer. */
const ASK_FOR_MS = 5_000;
const ASK_EVERY_MS = 100;

/**
 * What came of it, unless these are another history's numbers; and a word into the log, which changes nothing: when its commit
 * is answered, the standby has all that was written before it. One transaction, for a pooler may give the next one to
 * another server.
 */
const READ_AND_WRITE = `
  SELECT CASE WHEN history = $2 THEN pg_xact_status($1::text::xid8) END AS status,
         pg_logical_emit_message(true, 'turnpike', '')
  FROM (${HISTORY}) AS present`;

/** `broken`: the connection broke, or nobody knows yet whether the standby has it. */
type Found = CommitStatus | "in progress" | "broken";

const isKnown = (found: Found): found is CommitStatus => found !== "in progress" && found !== "broken";

/**
 * A connection that breaks while it commits leaves it open whether it did. PostgreSQL remembers what became of each
 * transaction (`pg_xact_status`), so it is asked, over another connection if need be.
 *
 * Only the same server knows, and only if it has not crashed: after a failover or a crash the numbers go on from another
 * place, and this one may be another transaction's. Then nobody knows.
 *
 * That it was committed is true of that server. Its standby may not have it: a wait that was broken off, by somebody or by
 * a restart, looks the same. So it counts once a later commit is answered.
 */
export class CommitStatuses {
  readonly #connections: ConnectionPool;
  readonly #clock: Clock;

  constructor(connections: ConnectionPool, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  /** `client` is what it was committed on. It is asked itself as long as it lives: another may be long in coming. */
  async of(client: PoolClient, xid: string | null): Promise<CommitStatus> {
    const history = this.#connections.historyOf(client);
    if (xid === null || history === null) return "unknown";
    const end = this.#clock.now() + ASK_FOR_MS;
    let found = await readStatus(client, xid, history);
    while (!isKnown(found) && this.#clock.now() < end) {
      await pause(this.#clock, ASK_EVERY_MS);
      found = await this.#ask(xid, history);
    }
    return isKnown(found) ? found : "unknown";
  }

  async #ask(xid: string, history: string): Promise<Found> {
    let client: PoolClient;
    try {
      client = await this.#connections.take();
    } catch (error) {
      if (error instanceof Unavailable) return "in progress";
      throw error;
    }
    const found = await readStatus(client, xid, history);
    // The next one may not break.
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
    // A server that doesn't let us ask will not do so in a moment either.
    return (await isRolledBack(client)) ? "unknown" : "broken";
  }
}
