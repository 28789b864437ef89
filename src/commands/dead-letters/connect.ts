import { readConfig } from "../../config/config.ts";
import { Misconfigured } from "../../core/errors.ts";
import { systemClock } from "../../runtime/clock.ts";
import { InUse } from "../../store/in-use.ts";
import { describeStore, isStoreMissing, isStoreShared, openStore } from "../../store/index.ts";
import type { FromFile } from "../config-option.ts";
import { type DeadLetters, remoteDeadLetters } from "./remote.ts";

export interface DeadLettersConnection {
  readonly letters: DeadLetters;
  /** Where that is, for the operator to read. */
  readonly where: string;
  readonly close: () => Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A database that doesn't answer is said so soon: somebody sits in front of it. */
const START_WAIT_MS = 2_000;

/**
 * A running gateway's admin API where `url` says so, or where a gateway holds a database that can't be shared; else the database itself.
 * Throws `Misconfigured` with what to do.
 */
export async function connectDeadLetters(
  env: Environment,
  { url, config }: FromFile & { readonly url?: string },
): Promise<DeadLettersConnection> {
  const { admin, databaseUrl } = readConfig(env, { file: config });
  const remote = (at: string): DeadLettersConnection => ({
    letters: remoteDeadLetters({ url: at, token: admin.token, clock: systemClock() }),
    where: `through the gateway at ${at}`,
    close: async () => undefined,
  });
  if (url !== undefined) return remote(originOf(url));
  const database = describeStore(databaseUrl);
  if (isStoreMissing(databaseUrl)) {
    throw new Misconfigured(
      `there is no database ${database}: set TURNPIKE_DATABASE_URL or --config as the gateway has it, or name a gateway with --url`,
    );
  }
  try {
    const store = await openStore(databaseUrl, { startWaitMs: START_WAIT_MS, connections: 1 });
    const why = isStoreShared(databaseUrl) ? "" : ", because no gateway runs with it";
    return { letters: store, where: `directly in ${database}${why}`, close: store.close };
  } catch (error) {
    if (!(error instanceof InUse)) throw error;
    return remote(`http://${callable(admin.host)}:${admin.port}`);
  }
}

/** An address to listen on need not be one to call. */
function callable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

function originOf(url: string): string {
  const parsed = URL.parse(url);
  const isAddress = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "";
  if (!isAddress) throw new Misconfigured("--url: allowed is an absolute http or https address, without a user");
  return parsed.origin;
}
