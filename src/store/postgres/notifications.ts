import pg from "pg";
import { Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { type ConnectionPool, clientConfig, prepareSession } from "./pool.ts";

/** Processes that share the work are told at most this often, in ms, that there is some. */
const EVERY_MS = 20;
/** After the listening connection broke, in ms. */
const AGAIN_MS = 1_000;

/**
 * Tells the other processes, over PostgreSQL's NOTIFY, that turns may be claimed. Never in a transaction that matters:
 * NOTIFY takes a lock of the whole database when it commits. A hint that is lost costs a polling interval.
 */
export class Notifications {
  readonly #url: string;
  readonly #connections: ConnectionPool;
  readonly #clock: Clock;
  /** So that a process doesn't wake itself. */
  readonly #sender: string;
  readonly #end = new AbortController();
  #listening: Promise<void> | null = null;
  #isResting = false;
  #isWanted = false;

  constructor(parts: { url: string; connections: ConnectionPool; clock: Clock; random: Random }) {
    this.#url = parts.url;
    this.#connections = parts.connections;
    this.#clock = parts.clock;
    this.#sender = parts.random.id("notification");
  }

  /** Says it now, or when the pause since the last time is over: many at once are one. */
  signal(): void {
    if (this.#end.signal.aborted) return;
    this.#isWanted = true;
    if (this.#isResting) return;
    this.#isWanted = false;
    this.#isResting = true;
    void this.#notify().then(() => {
      this.#clock.after(EVERY_MS, () => {
        this.#isResting = false;
        if (this.#isWanted) this.signal();
      });
    });
  }

  async #notify(): Promise<void> {
    try {
      const client = await this.#connections.take();
      try {
        await client.query("SELECT pg_notify('turnpike_' || current_schema(), $1)", [this.#sender]);
        client.release();
      } catch {
        // It was only a hint, and the next one finds out whether the connection is gone.
        client.release(true);
      }
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }

  listen(onNotification: () => void): void {
    this.#listening ??= this.#keepListening(onNotification);
  }

  async #keepListening(onNotification: () => void): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.#listenOnce(onNotification);
      // What was said meanwhile is not said again.
      onNotification();
      await pause(this.#clock, AGAIN_MS, this.#end.signal);
    }
  }

  /** Until the connection breaks, or `close`. */
  async #listenOnce(onNotification: () => void): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    const client = new pg.Client(clientConfig(this.#url));
    client.on("error", stop);
    client.on("end", stop);
    client.on("notification", ({ payload }) => {
      if (payload !== this.#sender) onNotification();
    });
    this.#end.signal.addEventListener("abort", stop, { once: true });
    try {
      await client.connect();
      await prepareSession(client);
      const { rows } = await client.query<{ schema: string }>("SELECT current_schema() AS schema");
      await client.query(`LISTEN ${client.escapeIdentifier(`turnpike_${rows[0]?.schema}`)}`);
      onNotification();
      if (!this.#end.signal.aborted) await over;
    } catch {
      // The database is unavailable: the loops find that out by themselves, and this is tried again.
    } finally {
      this.#end.signal.removeEventListener("abort", stop);
      // A connection that is gone already can't be ended once more.
      await client.end().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#listening;
  }
}
