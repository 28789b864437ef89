import type { PoolClient } from "pg";
import { type Clock, pause } from "../../runtime/clock.ts";
import { Unavailable } from "../store.ts";
import { commit } from "./commit.ts";
import { type Connections, HISTORY } from "./db.ts";

/** What became of a commit whose answer was lost. `unknown`: the store must be taken for away. */
export type Fate = "committed" | "aborted" | "unknown";

/** How long the database is asked, in ms: longer than a restart takes, shorter than anybody would wait for an answer. */
const ASK_FOR_MS = 5_000;
const ASK_EVERY_MS = 100;

/** What came of it, and whose numbers these are: in one statement, for a pooler gives the next one to another server. */
const LOOK = `SELECT pg_xact_status($1::text::xid8) AS fate, (${HISTORY}) AS history`;

/** Writes something that changes nothing. When its commit is answered, the standby has all that was written before it. */
const WRITE_ANYTHING = "SELECT pg_logical_emit_message(true, 'turnpike', '')";

interface Found {
  readonly fate: Fate | "in progress" | null;
  readonly history: string | null;
}

/**
 * A connection that breaks while it commits leaves it open whether it did. PostgreSQL remembers what became of each
 * transaction (`pg_xact_status`), so it is asked, over another connection.
 *
 * Only the same server knows, and only if it has not crashed: after a failover or a crash the numbers go on from another
 * place, and this one may be another transaction's. Then nobody knows.
 *
 * That it was committed is true of that server. Its standby may not have it: a wait that was broken off, by somebody or by
 * a restart, looks the same. So it counts once a later commit is answered.
 */
export class Fates {
  readonly #connections: Connections;
  readonly #clock: Clock;

  constructor(connections: Connections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
  }

  async of(client: PoolClient, xid: string | null): Promise<Fate> {
    const history = this.#connections.historyOf(client);
    if (xid === null || history === null) return "unknown";
    const end = this.#clock.now() + ASK_FOR_MS;
    do {
      const fate = await this.#ask(xid, history);
      if (fate !== "in progress") return fate;
      await pause(this.#clock, ASK_EVERY_MS);
    } while (this.#clock.now() < end);
    return "unknown";
  }

  async #ask(xid: string, history: string): Promise<Fate | "in progress"> {
    let client: PoolClient;
    try {
      client = await this.#connections.take();
    } catch (error) {
      if (error instanceof Unavailable) return "in progress";
      throw error;
    }
    try {
      const { rows } = await client.query<Found>(LOOK, [xid]);
      const fate = rows[0]?.history === history ? (rows[0].fate ?? "unknown") : "unknown";
      if (fate === "committed") await commit(client, WRITE_ANYTHING);
      client.release();
      return fate;
    } catch {
      // It broke too. The next one may not.
      client.release(true);
      return "in progress";
    }
  }
}
