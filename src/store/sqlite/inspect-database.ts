import { type Finding, fault, ok, warning } from "../../core/finding.ts";
import {
  accountFindings,
  clockFinding,
  failingFindings,
  INSPECTED_SQL,
  type InspectedAccountRow,
  schemaFinding,
} from "../diagnostics.ts";
import { type Db, MIGRATIONS, schemaVersion } from "./connection.ts";

const FULL = 2;

/** Read-only checks of the database's schema, durability settings, clock and accounts. */
export function inspectDatabase(db: Db, file: string, now: number): readonly Finding[] {
  const found = schemaVersion(db);
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const schema = schemaFinding({ where: file, found, newest });
  const durable = inspectDurability(db, file);
  // The tables of another version are unknown.
  if (found === 0 || found > newest) return [schema, ...durable];
  const time = db.prepare<[], { written_at: number }>("SELECT written_at FROM probe").get()?.written_at ?? 0;
  const accounts = db.prepare<[], InspectedAccountRow>(INSPECTED_SQL.accounts).all();
  const failing = db.prepare<[], { count: number }>(INSPECTED_SQL.failing).get()?.count ?? 0;
  const clock = clockFinding({ now, stored: time });
  return [schema, ...durable, clock, ...accountFindings(accounts), ...failingFindings(failing)];
}

/** The gateway sets both, and refuses to start otherwise; this shows a changed file before. */
function inspectDurability(db: Db, file: string): readonly Finding[] {
  const journal = String(db.pragma("journal_mode", { simple: true }));
  db.pragma("synchronous = FULL");
  const synchronous = Number(db.pragma("synchronous", { simple: true }));
  if (synchronous !== FULL) {
    return [
      fault("durability", {
        found: `SQLite runs synchronous=${synchronous} though FULL was asked for.`,
        why: "A power cut loses webhooks that were answered 200.",
        advice: "Use the better-sqlite3 that Turnpike was installed with: its build decides this.",
      }),
    ];
  }
  if (journal !== "wal") {
    return [
      warning("durability", {
        found: `${file} has journal_mode=${journal}: it was changed since the gateway last used it.`,
        why: "The gateway sets WAL again when it starts; until then a backup tool such as Litestream can't follow it.",
        advice: "Start the gateway, and let no other program write to the file.",
      }),
    ];
  }
  return [ok("durability", "The file is in WAL mode, and SQLite takes synchronous=FULL, which the gateway sets.")];
}
