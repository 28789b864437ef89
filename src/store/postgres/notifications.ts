import pg from "pg";
import { Unavailable } from "../../core/errors.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { type ConnectionPool, clientConfig, prepareSession } from "./pool.ts";

/** Shortest interval between two notifications, in ms. */
const EVERY_MS = 20;
/** Pause before the listening connection is opened again, in ms. */
const RECONNECT_MS = 1_000;

/**
 * Notifies the other processes, with NOTIFY, that turns may be claimed. In its own transaction, because a commit with
 * NOTIFY takes a database-wide lock. A lost notification costs a polling interval.
 */
export class Notifications {
  readonly #url: string;
  readonly #connections: ConnectionPool;
  readonly #clock: Clock;
  /** Payload by which a process ignores its own notifications. */
  readonly #sender: string;
  readonly #end = new AbortController();
  #listening: Promise<void> | null = null;
  #isThrottled = false;
  #isPending = false;

  constructor(parts: { url: string; connections: ConnectionPool; clock: Clock; random: Random }) {
    this.#url = parts.url;
    this.#connections = parts.connections;
    this.#clock = parts.clock;
    this.#sender = parts.random.id("notification");
  }

  /** Notifies now, or at the end of the throttle interval: several signals become one notification. */
  signal(): void {
    if (this.#end.signal.aborted) return;
    this.#isPending = true;
    if (this.#isThrottled) return;
    this.#isPending = false;
    this.#isThrottled = true;
    void this.#notify().then(() => {
      this.#clock.after(EVERY_MS, () => {
        this.#isThrottled = false;
        if (this.#isPending) this.signal();
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
        // Only a hint; the connection may be broken, so it is dropped.
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
      // Notifications from the time without a connection are lost.
      onNotification();
      await pause(this.#clock, RECONNECT_MS, this.#end.signal);
    }
  }

  /** Resolves when the connection breaks, or at `close`. */
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
      // The database is unavailable: the loops notice that by themselves, and this is retried.
    } finally {
      this.#end.signal.removeEventListener("abort", stop);
      // Ending a broken connection fails.
      await client.end().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#listening;
  }
}
