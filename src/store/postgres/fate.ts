import type { PoolClient } from "pg";
import { type Clock, pause } from "../../runtime/clock.ts";
import { Unavailable } from "../store.ts";
import type { Connections } from "./db.ts";

/** What became of a commit whose answer was lost. `unknown`: the store must be taken for away. */
export type Fate = "committed" | "aborted" | "unknown";

/** How long the database is asked, in ms: longer than a restart takes, shorter than anybody would wait for an answer. */
const ASK_FOR_MS = 5_000;
const ASK_EVERY_MS = 100;

/**
 * A connection that breaks while it commits leaves it open whether it did. PostgreSQL remembers what became of each
 * transaction (`pg_xact_status`), so it is asked, over another connection.
 *
 * Only the same server knows, and only if it has not crashed: after a failover or a crash the numbers go on from another
 * place, and this one may be another transaction's. Then nobody knows.
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
      if (this.#connections.historyOf(client) !== history) {
        client.release();
        return "unknown";
      }
      const { rows } = await client.query<{ fate: Fate | "in progress" | null }>(
        "SELECT pg_xact_status($1::text::xid8) AS fate",
        [xid],
      );
      client.release();
      return rows[0]?.fate ?? "unknown";
    } catch {
      // It broke too. The next one may not.
      client.release(true);
      return "in progress";
    }
  }
}
