/** A whole gateway with canary values as secrets, every platform and one agent; all its output is collected. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Agent } from "../../../src/agents/agent.ts";
import { readConfig } from "../../../src/config/config.ts";
import { createGateway, type Gateway, type GatewayOptions, type Running } from "../../../src/gateway.ts";
import { type Listening, listen } from "../../../src/http/server.ts";
import type { Log } from "../../../src/runtime/log.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { PRIVATE, SECRETS } from "./marks.ts";
import { MARKED } from "./platforms.ts";

export interface CanaryGatewayOptions {
  readonly agent: Agent;
  /** Base URL of all platforms. */
  readonly apiUrl: string;
  readonly wrapStore?: (store: Store) => Store;
  readonly settings?: Partial<GatewayOptions>;
}

/** Its output, by destination. */
export interface Output {
  readonly logs: string;
  readonly answers: string;
  readonly metrics: string;
  readonly database: string;
  /** Lists of the admin API. They contain people's ids, for the operator, but no content. */
  readonly lists: string;
  /** Event feed of the admin API. */
  readonly eventFeed: string;
}

/** Every list of the admin API. A conversation's timeline and an item's details may contain content. */
const LISTS = [
  ...["overview", "accounts", "conversations", "waiting", "waiting/groups?by=reason", "actions"],
  ...["me", "agents", "nodes", "pulse", `search?q=${PRIVATE.linePeer}`],
];

const TIMES: Partial<GatewayOptions> = {
  batch: { quietMs: 0 },
  // One attempt each, so that failures are reported at once.
  turnRetry: { baseMs: 1, capMs: 1, maxAttempts: 1, maxAgeMs: 0 },
  deliveryRetry: { baseMs: 1, capMs: 1, maxAttempts: 2, maxAgeMs: 0 },
  unknownWaitMs: 50,
  coalesceMs: 0,
  namesWaitMs: 0,
  pollMs: 50,
};

export class CanaryGateway {
  readonly gateway: Gateway;
  readonly messages: string[] = [];
  readonly #lines: string[] = [];
  readonly #answers: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "turnpike-canary-"));
  readonly #file = join(this.#folder, "turnpike.db");
  #running: Running | null = null;
  #port: Listening | null = null;

  constructor({ agent, apiUrl, wrapStore = (store) => store, settings = {} }: CanaryGatewayOptions) {
    const env = Object.assign({}, ...MARKED.map(([, { env: variables }]) => variables(apiUrl))) as Record<
      string,
      string
    >;
    this.gateway = createGateway({
      ...TIMES,
      store: wrapStore(sqlite({ file: this.#file })),
      channels: readConfig(env).channels.map((channel) => channel.create({ sendTimeoutMs: 1_000 })),
      agent,
      agentToken: SECRETS.agentToken,
      adminToken: SECRETS.adminToken,
      adminTokens: [{ name: "ann", right: "read", token: SECRETS.namedAdminToken }],
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

  /** As the console's page posts it. */
  async signIn(body: string): Promise<number> {
    const headers = { "content-type": "application/json", origin: "https://gateway" };
    const init = { method: "POST", headers, body };
    return await this.#ask(new Request("http://gateway/api/sign-in", init), this.gateway.adminFetch);
  }

  async #ask(request: Request, fetch: Gateway["fetch"]): Promise<number> {
    const response = await fetch(request);
    this.#answers.push(JSON.stringify([...response.headers]), await response.text());
    return response.status;
  }

  /** Stops it and collects all output. */
  async close(): Promise<Output> {
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
      // Ended with the gateway.
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

  /** Discards the first dead letter, so that there is an action in the output. */
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
