/** A whole gateway with marked secrets, every platform and one agent, all of whose words are kept to be searched. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Agent } from "../../../src/agents/agent.ts";
import { CHANNELS } from "../../../src/channels/index.ts";
import { createGateway, type Gateway, type GatewayOptions, type Running } from "../../../src/gateway.ts";
import { type Listening, listen } from "../../../src/http/server.ts";
import type { Log } from "../../../src/runtime/log.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { PRIVATE, SECRETS } from "./marks.ts";
import { MARKED } from "./platforms.ts";

export interface CageOptions {
  readonly agent: Agent;
  /** Where all platforms are. */
  readonly apiUrl: string;
  readonly wrapStore?: (store: Store) => Store;
  readonly settings?: Partial<GatewayOptions>;
}

/** What came out of it, by where. */
export interface Said {
  readonly logs: string;
  readonly answers: string;
  readonly metrics: string;
  readonly database: string;
  /** What the admin API's lists say. Who a person is stands there, so that an operator finds them, and no words. */
  readonly lists: string;
  /** What the admin API's stream says of what happened. */
  readonly eventFeed: string;
}

/** Every list of the admin API. A conversation's timeline and one item's detail are no lists: there the words may be. */
const LISTS = ["overview", "accounts", "conversations", "waiting", "actions", `search?q=${PRIVATE.linePeer}`];

const TIMES: Partial<GatewayOptions> = {
  batch: { quietMs: 0 },
  // One try each: what fails is told at once.
  turnRetry: { baseMs: 1, capMs: 1, maxAttempts: 1, maxAgeMs: 0 },
  deliveryRetry: { baseMs: 1, capMs: 1, maxAttempts: 2, maxAgeMs: 0 },
  unknownWaitMs: 50,
  coalesceMs: 0,
  namesWaitMs: 0,
  pollMs: 50,
};

export class Cage {
  readonly gateway: Gateway;
  readonly messages: string[] = [];
  readonly #lines: string[] = [];
  readonly #answers: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "turnpike-canary-"));
  readonly #file = join(this.#folder, "turnpike.db");
  #running: Running | null = null;
  #port: Listening | null = null;

  constructor({ agent, apiUrl, wrapStore = (store) => store, settings = {} }: CageOptions) {
    const env = Object.assign({}, ...MARKED.map(([, { env: variables }]) => variables(apiUrl))) as Record<
      string,
      string
    >;
    this.gateway = createGateway({
      ...TIMES,
      store: wrapStore(sqlite({ file: this.#file })),
      channels: MARKED.flatMap(([name]) => CHANNELS[name].configured(env, { sendTimeoutMs: 1_000 })),
      agent,
      agentToken: SECRETS.agentToken,
      adminToken: SECRETS.adminToken,
      log: this.#log(),
      ...settings,
    });
  }

  async open(): Promise<void> {
    const { gateway } = this;
    this.#running = await gateway.start();
    this.#port = await listen(gateway.fetch, { host: "127.0.0.1", port: 0, upgrade: gateway.upgrade });
  }

  #log(): Log {
    const at = (level: string) => (fields: object, message: string) => {
      this.messages.push(message);
      this.#lines.push(JSON.stringify({ level, ...fields, msg: message }));
    };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") };
  }

  socketUrl(path: string): string {
    return `${this.#port?.url.replace("http", "ws")}${path}`;
  }

  /** Lines with that message. */
  count(message: string): number {
    return this.messages.filter((one) => one === message).length;
  }

  async post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const init = { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
    return await this.#ask(new Request(`http://gateway${path}`, init), this.gateway.fetch);
  }

  async get(path: string): Promise<number> {
    return await this.#ask(new Request(`http://gateway${path}`), this.gateway.fetch);
  }

  async admin(path: string, token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    return await this.#ask(new Request(`http://gateway${path}`, { headers }), this.gateway.adminFetch);
  }

  async #ask(request: Request, fetch: Gateway["fetch"]): Promise<number> {
    const response = await fetch(request);
    this.#answers.push(JSON.stringify([...response.headers]), await response.text());
    return response.status;
  }

  /** Ends it. Then the database is closed, and all of it can be read. */
  async close(): Promise<Said> {
    const metrics = await this.gateway.metrics.registry.metrics();
    await this.#discardOne();
    const lists = (await Promise.all(LISTS.map(async (path) => await (await this.#api(path)).text()))).join("\n");
    const eventFeed = await this.#api("event-feed");
    const closed = this.#port?.close();
    await this.#running?.stop();
    this.#port?.closeConnections();
    await closed;
    const said = {
      logs: this.#lines.join("\n"),
      answers: this.#answers.join("\n"),
      metrics,
      database: this.#dump(),
      lists,
      // It ended with the gateway.
      eventFeed: await eventFeed.text(),
    };
    rmSync(this.#folder, { recursive: true, force: true });
    return said;
  }

  async #api(path: string, order?: object): Promise<Response> {
    const headers = { authorization: `Bearer ${SECRETS.adminToken}`, "content-type": "application/json" };
    const init = order === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(order) };
    const response = await this.gateway.adminFetch(new Request(`http://gateway/api/${path}`, init));
    if (!response.ok) throw new Error(`/api/${path} was answered ${response.status}`);
    return response;
  }

  /** A person decides about the first thing that waits, so that there is something to tell of it. */
  async #discardOne(): Promise<void> {
    const { items } = (await (await this.#api("waiting?state=dead")).json()) as { items: { id: string }[] };
    const [first] = items;
    if (first !== undefined) await this.#api("actions", { actionId: "canary", action: "discard", id: first.id });
  }

  #dump(): string {
    const db = new Database(this.#file, { readonly: true });
    try {
      const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
      return tables.map(({ name }) => JSON.stringify(db.prepare(`SELECT * FROM "${name}"`).all())).join("\n");
    } finally {
      db.close();
    }
  }
}
