import { readConfig } from "../../config/config.ts";
import { Misconfigured } from "../../core/errors.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Environment } from "../../settings/read.ts";
import { InUse } from "../../store/in-use.ts";
import { describeStore, isStoreMissing, isStoreShared, openStore } from "../../store/index.ts";
import { callableHost } from "../callable-host.ts";
import type { FromFile } from "../config-option.ts";
import type { Terminal } from "../terminal.ts";
import { type OperatorClient, remoteOperator } from "./remote.ts";

export interface OperatorConnection {
  readonly client: OperatorClient;
  /** Description of the connection, for the output. */
  readonly where: string;
  readonly close: () => Promise<void>;
}

export interface ConnectOptions extends FromFile {
  readonly url?: string;
}

/** Short, because the command is interactive. */
const START_WAIT_MS = 2_000;

/**
 * The admin API of a running gateway if `url` is given or a gateway has the SQLite file open; else the database
 * directly. Throws `Misconfigured` with what to do.
 */
async function connectOperator(env: Environment, { url, config }: ConnectOptions): Promise<OperatorConnection> {
  const { admin, databaseUrl } = readConfig(env, { file: config });
  const remote = (at: string): OperatorConnection => ({
    client: remoteOperator({ url: at, token: admin.token, clock: systemClock() }),
    where: `through the gateway at ${at}`,
    close: async () => undefined,
  });
  if (url !== undefined) return remote(originOf(url));
  const database = describeStore(databaseUrl);
  if (isStoreMissing(databaseUrl)) {
    throw new Misconfigured(
      `there is no database ${database}: set TURNPIKE_DATABASE_URL or --config as for the gateway, or use --url`,
    );
  }
  try {
    const store = await openStore(databaseUrl, { startWaitMs: START_WAIT_MS, connections: 1 });
    const why = isStoreShared(databaseUrl) ? "" : ", because no gateway runs with it";
    return { client: store, where: `directly in ${database}${why}`, close: store.close };
  } catch (error) {
    if (!(error instanceof InUse)) throw error;
    return remote(`http://${callableHost(admin.host)}:${admin.port}`);
  }
}

/** Connects, reports where, runs `work` and closes the connection. */
export async function withConnection(
  env: Environment,
  options: ConnectOptions,
  terminal: Terminal,
  work: (connection: OperatorConnection) => Promise<void>,
): Promise<void> {
  const connection = await connectOperator(env, options);
  terminal.info(`(${connection.where})`);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

function originOf(url: string): string {
  const parsed = URL.parse(url);
  const isAddress = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "";
  if (!isAddress)
    throw new Misconfigured(
      `--url: read ${JSON.stringify(parsed?.origin ?? "no URL")}; allowed: an absolute http or https URL without a user`,
    );
  return parsed.origin;
}
