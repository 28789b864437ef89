/** What a look at something found. `check` names what was looked at by the same word each time: scripts may rely on it. */
export type Finding = Quiet | Loud;

export interface Quiet {
  readonly check: string;
  /** `ok`: as it should be. `skipped`: nobody could look, and `found` says why. */
  readonly level: "ok" | "skipped";
  /** What was found, as a sentence. */
  readonly found: string;
}

/** `fault`: messages are refused, lost or late because of it. `warning`: they may be, or it can't be proved from here. */
export interface Loud extends Trouble {
  readonly check: string;
  readonly level: "warning" | "fault";
}

/** In plain sentences. None holds a secret, a token, or words of a person. */
export interface Trouble {
  readonly found: string;
  /** What follows from it. */
  readonly why: string;
  /** What to do about it. */
  readonly advice: string;
}

export const FINDING_LEVELS = ["ok", "skipped", "warning", "fault"] as const satisfies readonly Finding["level"][];

export const fine = (check: string, found: string): Finding => ({ check, level: "ok", found });
export const skipped = (check: string, found: string): Finding => ({ check, level: "skipped", found });
export const warning = (check: string, trouble: Trouble): Finding => ({ check, level: "warning", ...trouble });
export const fault = (check: string, trouble: Trouble): Finding => ({ check, level: "fault", ...trouble });

/** Agents and platforms refuse what was signed more than five minutes ago or ahead (Standard Webhooks, "Verifying webhooks"). */
const CLOCK_FAULT_MS = 60_000;
/** An answer's `Date` is in whole seconds, and was some time on its way. */
const CLOCK_WARNING_MS = 10_000;

/** This machine's clock against somebody else's, in ms. */
export function compareClocks(check: string, { ours, theirs, whose }: { ours: number; theirs: number; whose: string }) {
  const offMs = ours - theirs;
  const off = Math.abs(offMs);
  if (off < CLOCK_WARNING_MS) return fine(check, `This machine's clock agrees with ${whose}.`);
  const trouble = {
    found: `This machine's clock is ${Math.round(off / 1_000)} s ${offMs > 0 ? "ahead of" : "behind"} ${whose}.`,
    why: "Turns are signed and tokens are asked for with its time; five minutes off, and they are refused.",
    advice: "Let NTP set the clock of this machine (timedatectl set-ntp true), and look again.",
  };
  return off < CLOCK_FAULT_MS ? warning(check, trouble) : fault(check, trouble);
}
