import type { Connection, CustomTypesConfig, PoolClient, Submittable } from "pg";
import { serialize } from "pg-protocol";

export interface Result {
  readonly rows: readonly unknown[];
  /** Rows that were inserted, updated or deleted. */
  readonly changes: number;
}

/** A prepared statement. */
interface Prepared {
  readonly name: string;
  readonly text: string;
  /** Whether this connection has it. */
  isParsed: boolean;
  columns: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

interface Sent {
  readonly prepared: Prepared;
  readonly values: readonly (string | null)[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Pipelining: statements that are issued before the event loop continues travel together, in their order, with one Sync at
 * the end; what is issued meanwhile goes with the next round trip. The driver sends a Sync and a Describe with each
 * statement: that cost gateway and server about 40 µs a statement each, and a message takes 17.
 *
 * The first error skips the rest of the round trip, which the server hasn't run: those reject with the same error. Within a
 * transaction that changes nothing: it has failed.
 */
export class Pipeline {
  readonly #client: PoolClient;
  readonly #types: CustomTypesConfig;
  readonly #prepared = new Map<string, Prepared>();
  #waiting: Sent[] = [];
  #isBusy = false;

  constructor(client: PoolClient, types: CustomTypesConfig) {
    this.#client = client;
    this.#types = types;
  }

  /** `name` is that of the prepared statement on this connection: always with the same text. */
  run(name: string, text: string, values: readonly (string | null)[]): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ prepared: this.#preparedOf(name, text), values, resolve, reject });
    if (this.#waiting.length === 1 && !this.#isBusy) this.#sendSoon();
    return promise;
  }

  #preparedOf(name: string, text: string): Prepared {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    const prepared = { name, text, isParsed: false, columns: [] };
    this.#prepared.set(name, prepared);
    return prepared;
  }

  /** When everything that can run now has issued its statements. */
  #sendSoon(): void {
    process.nextTick(() => {
      const sent = this.#waiting;
      this.#waiting = [];
      this.#isBusy = true;
      const onEnd = () => {
        this.#isBusy = false;
        if (this.#waiting.length > 0) this.#sendSoon();
      };
      this.#client.query(new RoundTrip(sent, this.#types, onEnd));
    });
  }
}

/** A query as the driver knows it: it calls `submit`, and then a method for each message of the server. */
class RoundTrip implements Submittable {
  /** Set by the driver, to end its timeout. */
  callback?: (error?: unknown) => void;
  readonly #sent: readonly Sent[];
  readonly #types: CustomTypesConfig;
  #onEnd: (() => void) | null;
  /** The statement whose results come now. */
  #at = 0;
  #rows: unknown[] = [];

  constructor(sent: readonly Sent[], types: CustomTypesConfig, onEnd: () => void) {
    this.#sent = sent;
    this.#types = types;
    this.#onEnd = onEnd;
  }

  submit({ stream }: Connection): void {
    const isNew = new Set<Prepared>();
    const parts: Buffer[] = [];
    for (const { prepared, values } of this.#sent) {
      const { name, text } = prepared;
      const isFirst = !prepared.isParsed && !isNew.has(prepared);
      if (isFirst) {
        isNew.add(prepared);
        // After an earlier error it isn't known whether the server has it. Closing what isn't there is no error.
        parts.push(serialize.close({ type: "S", name }), serialize.parse({ name, text }));
      }
      parts.push(serialize.bind({ statement: name, values: values as (string | null)[] }));
      if (isFirst) parts.push(serialize.describe({ type: "P" }));
      parts.push(serialize.execute());
    }
    parts.push(serialize.sync());
    // One write: a writev of hundreds of parts takes longer than copying them.
    stream.write(Buffer.concat(parts));
  }

  handleRowDescription({ fields }: { readonly fields: readonly { name: string; dataTypeID: number }[] }): void {
    const prepared = this.#sent[this.#at]?.prepared;
    if (prepared === undefined) return;
    const parserOf = (type: number) => this.#types.getTypeParser(type, "text") as (text: string) => unknown;
    prepared.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    for (const [at, { name, parse }] of (this.#sent[this.#at]?.prepared.columns ?? []).entries()) {
      const text = fields[at] ?? null;
      row[name] = text === null ? null : parse(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const done = this.#sent[this.#at];
    if (done === undefined) return;
    done.prepared.isParsed = true;
    done.resolve({ rows: this.#rows, changes: changesOf(text) });
    this.#at += 1;
    this.#rows = [];
  }

  handleReadyForQuery(): void {
    this.#end();
  }

  /** Of a statement, of a connection that broke, or of the driver's timeout. */
  handleError(error: unknown): void {
    for (const { reject } of this.#sent.slice(this.#at)) reject(error);
    this.#at = this.#sent.length;
    this.#end();
  }

  #end(): void {
    this.callback?.();
    this.#onEnd?.();
    this.#onEnd = null;
  }
}

/** `INSERT 0 3`, `UPDATE 1`, `BEGIN`. */
function changesOf(tag: string): number {
  const count = Number(tag.slice(tag.lastIndexOf(" ") + 1));
  return Number.isNaN(count) ? 0 : count;
}
