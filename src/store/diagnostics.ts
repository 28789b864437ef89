import { type Finding, fault, ok, skipped, warning } from "../core/finding.ts";

/** Findings that all stores have in common. */

export interface AccountRow {
  readonly channel: string;
  readonly account: string;
  readonly stopped_reason: string | null;
  readonly template_refused_reason: string | null;
}

export const SELECT_ACCOUNTS = "SELECT channel, account, stopped_reason, template_refused_reason FROM account";

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

/** A fault for a stopped account, and one for an account whose own template is refused. */
export function accountFindings(rows: readonly AccountRow[]): readonly Finding[] {
  return rows.flatMap((row) => [...stoppedFinding(row), ...templateFinding(row)]);
}

/** A restart lets it try again. */
function stoppedFinding({ channel, account, stopped_reason: reason }: AccountRow): readonly Finding[] {
  if (reason === null) return [];
  return [
    fault("account-stopped", {
      found: `The account ${channel}/${account} is stopped: ${reason}.`,
      why: "The platform refused its token or its permission: its deliveries are kept and wait.",
      advice: "Correct what the findings about that account name, then restart the gateway: it tries again.",
    }),
  ];
}

function templateFinding({ channel, account, template_refused_reason: reason }: AccountRow): readonly Finding[] {
  if (reason === null) return [];
  return [
    fault("window-template", {
      found: `The account's own template of ${channel}/${account} was refused: ${reason}.`,
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
