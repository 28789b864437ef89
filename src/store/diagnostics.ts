import { accountKeyOf } from "../core/conversation.ts";
import { type Finding, fault, ok, skipped, warning } from "../core/finding.ts";
import { LISTED_AFTER, WAITING_COUNT_MAX } from "../core/waiting.ts";

/** Findings that all stores have in common. */

export interface InspectedAccountRow {
  readonly channel: string;
  readonly account: string;
  readonly stopped_reason: string | null;
  readonly checks: number;
  readonly check_reason: string | null;
  readonly template_refused_reason: string | null;
}

export function schemaFinding({ where, found, newest }: { where: string; found: number; newest: number }): Finding {
  if (found > newest) {
    return fault("schema", {
      found: `${where} has schema ${found}; this version of Turnpike knows ${newest}.`,
      why: "It was made by a newer version. This one refuses to start on it, because it would damage it.",
      advice: "Start the newer version again, or restore the backup that was made before it.",
    });
  }
  if (found === newest) return ok("schema", `${where} has schema ${found}, which is this version's.`);
  const state = found === 0 ? "is empty" : `has schema ${found}`;
  return skipped("schema", `${where} ${state}: the next start, or turnpike migrate, brings it to ${newest}.`);
}

/** Rows that the doctor reads of every database, in SQL that all of them understand. */
export const INSPECTED_SQL = {
  accounts: "SELECT channel, account, stopped_reason, checks, check_reason, template_refused_reason FROM account",
  failing: `SELECT count(*) AS count FROM (
    SELECT 1 FROM turn WHERE (state = 'ready' OR state = 'leased') AND failures >= ${LISTED_AFTER} LIMIT ${WAITING_COUNT_MAX}) AS counted`,
} as const;

/** A fault for a stopped account, and one for an account whose own template is refused. */
export function accountFindings(rows: readonly InspectedAccountRow[]): readonly Finding[] {
  return rows.flatMap((row) => [...stoppedFinding(row), ...templateFinding(row)]);
}

function stoppedFinding(row: InspectedAccountRow): readonly Finding[] {
  const { channel, account, stopped_reason: reason, checks, check_reason: said } = row;
  if (reason === null) return [];
  const name = accountKeyOf({ channel, account });
  const asked = said === null ? "" : ` Asked about it (${checks} times), the platform answered: ${said}.`;
  return [
    fault("account-stopped", {
      found: `The account ${name} is stopped: ${reason}.${asked}`,
      why: "The platform refused its token or its permission: its deliveries are kept and wait.",
      advice:
        "Correct what the findings about that account name, and restart the gateway if it has a new token. It starts by " +
        `itself when the platform says that it is well, or by turnpike account start ${name}. What waits: turnpike dead list --state pending.`,
    }),
  ];
}

/** Turns at which agents fail again and again, as `turnpike dead list` shows them. */
export function failingFindings(count: number): readonly Finding[] {
  if (count === 0) return [];
  return [
    warning("turns-failing", {
      found: `${count === 1 ? "1 turn has" : `${count} turns have`} failed at the agent ${LISTED_AFTER} times or more.`,
      why: "Each is tried again, later and later, and its conversation waits for it.",
      advice:
        "turnpike dead list --state ready,leased shows why. Correct the agent; turnpike dead discard gives up what it can't answer.",
    }),
  ];
}

function templateFinding({
  channel,
  account,
  template_refused_reason: reason,
}: InspectedAccountRow): readonly Finding[] {
  if (reason === null) return [];
  return [
    fault("window-template", {
      found: `The account's own template of ${accountKeyOf({ channel, account })} was refused: ${reason}.`,
      why: "A text that comes after the 24-hour window is parked until the person writes again.",
      advice: "Look at the template in the WhatsApp Manager, or name another one in WHATSAPP_WINDOW_TEMPLATE.",
    }),
  ];
}

/** The stored time may be a little ahead of another process's clock. */
const AHEAD_MS = 2_000;
const FAULT_MS = 60_000;

/** Compares the clock with the time of the last commit: a clock that is behind was set back. */
export function clockFinding({ now, stored }: { now: number; stored: number }): Finding {
  const behindMs = stored - now;
  if (behindMs < AHEAD_MS)
    return ok("database-clock", "This machine's clock is not behind what the database has seen.");
  const text = {
    found: `This machine's clock is ${Math.round(behindMs / 1_000)} s behind the last commit in the database.`,
    why: "The store's time never goes back, so stored times run ahead of real ones: retention deletes early, and the age of tokens is wrong.",
    advice: "Let NTP set the clock of this machine (timedatectl set-ntp true), and run the check again.",
  };
  return behindMs < FAULT_MS ? warning("database-clock", text) : fault("database-clock", text);
}
