import pg from "pg";
import { Misconfigured } from "../../core/errors.ts";
import { compareClocks, type Finding, fault, ok, type ProblemText, warning } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import {
  accountFindings,
  failingFindings,
  INSPECTED_SQL,
  type InspectedAccountRow,
  schemaFinding,
} from "../diagnostics.ts";
import { encodingProblem, hasSharedSessions, SHARED_SESSIONS } from "./fitness.ts";
import { LEAST_VERSION, MIGRATIONS } from "./migrate.ts";
import { describe, unavailableReason } from "./open-database.ts";
import { clientConfig } from "./pool.ts";

/**
 * Checks the database over one read-only connection. The settings that our sessions get from the role, the database and the
 * server count, so they are read before any is set.
 */
export async function checkPostgres({ url, clock }: { url: string; clock: Clock }): Promise<readonly Finding[]> {
  let where: string;
  try {
    where = describe(url);
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    return [unusable(error.message)];
  }
  const client = new pg.Client(clientConfig(url));
  client.on("error", () => undefined);
  try {
    await client.connect();
    const pooled = (await hasSharedSessions(url)) ? [unfit("pooler", where, SHARED_SESSIONS)] : [];
    // Not a setting of the session, which may be another's.
    await client.query("BEGIN TRANSACTION READ ONLY");
    return [...(await checkServer(client, where, clock)), ...pooled];
  } catch (error) {
    const reason = unavailableReason(error);
    if (reason === null) throw error;
    return [unusable(`The database ${where} can't be used: ${reason}.`)];
  } finally {
    await client.end();
  }
}

function unusable(found: string): Finding {
  return fault("database", {
    found,
    why: "The gateway doesn't start without it; one that runs refuses every webhook with 503.",
    advice: "Start the database, or correct TURNPIKE_DATABASE_URL: postgres://user:password@host:5432/database.",
  });
}

function unfit(check: string, where: string, { found, why, advice }: ProblemText): Finding {
  return fault(check, {
    found: `${where}: ${found}.`,
    why: `The gateway refuses to start. ${why}`,
    advice: `${advice}.`,
  });
}

interface ServerRow {
  readonly version: string;
  readonly encoding: string;
  readonly standby: boolean;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  readonly now_ms: number;
  readonly may_create: boolean | null;
  readonly has_schema: boolean;
}

const SERVER = `
  SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
         current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
         current_setting('synchronous_commit') AS synchronous_commit,
         (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
         has_schema_privilege(current_schema(), 'CREATE') AS may_create,
         to_regclass('turnpike_schema') IS NOT NULL AS has_schema`;

async function checkServer(client: pg.Client, where: string, clock: Clock): Promise<readonly Finding[]> {
  const askedAt = clock.now();
  const { rows } = await client.query<ServerRow>(SERVER);
  const [server] = rows;
  if (server === undefined) return [unusable(`The database ${where} doesn't answer a query.`)];
  const ours = (askedAt + clock.now()) / 2;
  const findings = [
    readVersion(server, where),
    ...readEncoding(server, where),
    ...readStandby(server, where),
    ...readDurability(server),
    compareClocks("database-clock", { ours, theirs: server.now_ms, whose: "the database's" }),
  ];
  return [...findings, ...(await checkSchema(client, where, server))];
}

function readVersion({ version }: ServerRow, where: string): Finding {
  const major = Math.floor(Number(version) / 10_000);
  if (major >= LEAST_VERSION) return ok("database", `${where} is a PostgreSQL ${major} and answers.`);
  return fault("database", {
    found: `${where} is a PostgreSQL ${major}; Turnpike needs ${LEAST_VERSION} or newer.`,
    why: "The gateway refuses to start: it relies on functions that older servers lack.",
    advice: `Upgrade the server to PostgreSQL ${LEAST_VERSION} or newer.`,
  });
}

function readEncoding({ encoding }: ServerRow, where: string): readonly Finding[] {
  const problem = encodingProblem(encoding);
  return problem === null ? [] : [unfit("encoding", where, problem)];
}

function readStandby({ standby }: ServerRow, where: string): readonly Finding[] {
  if (!standby) return [];
  return [
    fault("replica", {
      found: `${where} is a standby (a replica): it can't commit.`,
      why: "The gateway refuses to start on it; one that runs refuses every webhook with 503.",
      advice: "Name the primary in TURNPIKE_DATABASE_URL, or an address that always leads to it.",
    }),
  ];
}

/** PostgreSQL: "Write Ahead Log", settings. The first two are server-wide: a session can't change them. */
function readDurability(server: ServerRow): readonly Finding[] {
  const { fsync, full_page_writes: pages, synchronous_commit: commit } = server;
  const weak: Finding[] = [];
  if (fsync === "off") {
    weak.push(
      fault("durability-fsync", {
        found: "The server runs with fsync=off.",
        why: "A power cut or a crash of the machine can lose what was acked and destroy the whole database.",
        advice:
          "Set fsync = on in postgresql.conf and reload the server. There is no safe use of off for data that is to be kept.",
      }),
    );
  }
  if (pages === "off") {
    weak.push(
      fault("durability-full-page-writes", {
        found: "The server runs with full_page_writes=off.",
        why: "A power cut in the middle of a page's write leaves that page damaged, and its rows with it.",
        advice:
          "Set full_page_writes = on in postgresql.conf and reload, unless the file system never tears pages (ZFS).",
      }),
    );
  }
  if (commit === "off") {
    weak.push(
      warning("durability-synchronous-commit", {
        found: "Sessions of this user start with synchronous_commit=off.",
        why: "The gateway switches it on in its own sessions; behind a pooler that shares sessions that switch may be lost, and a crash would then lose what was acked.",
        advice:
          "ALTER ROLE … RESET synchronous_commit (or ALTER DATABASE, or postgresql.conf), so that on is the default.",
      }),
    );
  }
  if (weak.length > 0) return weak;
  return [ok("durability", `fsync and full_page_writes are on, synchronous_commit is ${commit}.`)];
}

async function checkSchema(client: pg.Client, where: string, server: ServerRow): Promise<readonly Finding[]> {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const found = server.has_schema ? await schemaVersion(client) : 0;
  const schema = schemaFinding({ where, found, newest });
  if (found < newest && server.may_create !== true) return [schema, mayNotCreate(where)];
  if (found === 0 || found > newest) return [schema];
  const { rows: accounts } = await client.query<InspectedAccountRow>(INSPECTED_SQL.accounts);
  const { rows: failing } = await client.query<{ count: string }>(INSPECTED_SQL.failing);
  return [schema, ...accountFindings(accounts), ...failingFindings(Number(failing[0]?.count ?? 0))];
}

async function schemaVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ version: number | null }>(
    "SELECT max(version) AS version FROM turnpike_schema",
  );
  return rows[0]?.version ?? 0;
}

function mayNotCreate(where: string): Finding {
  return fault("schema-rights", {
    found: `This user may not create tables in ${where}, and some are missing.`,
    why: "The gateway doesn't start: it can't bring the schema up to its version.",
    advice: "GRANT CREATE ON SCHEMA … to this user, or run turnpike migrate once as one who may.",
  });
}
