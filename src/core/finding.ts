/** The result of one diagnostic check. `check` is its stable id: scripts may rely on it. */
export type Finding = Passed | Problem;

export interface Passed {
  readonly check: string;
  /** `ok`: as it should be. `skipped`: it could not be checked, and `found` says why. */
  readonly level: "ok" | "skipped";
  /** What was found, as a sentence. */
  readonly found: string;
}

/** `fault`: messages are refused, lost or late because of it. `warning`: they may be, or it can't be proved from here. */
export interface Problem extends ProblemText {
  readonly check: string;
  readonly level: "warning" | "fault";
}

/** Whole sentences, without secrets, tokens or message content. */
export interface ProblemText {
  readonly found: string;
  /** Its consequence. */
  readonly why: string;
  /** What to do about it. */
  readonly advice: string;
}

export const FINDING_LEVELS = ["ok", "skipped", "warning", "fault"] as const satisfies readonly Finding["level"][];

export const ok = (check: string, found: string): Finding => ({ check, level: "ok", found });
export const skipped = (check: string, found: string): Finding => ({ check, level: "skipped", found });
export const warning = (check: string, text: ProblemText): Finding => ({ check, level: "warning", ...text });
export const fault = (check: string, text: ProblemText): Finding => ({ check, level: "fault", ...text });

/** Agents and platforms refuse signatures that are more than five minutes off (Standard Webhooks, "Verifying webhooks"). */
const CLOCK_FAULT_MS = 60_000;
/** An answer's `Date` is in whole seconds and some network time old. */
const CLOCK_WARNING_MS = 10_000;

/** Compares this machine's clock with another's; both in epoch ms. */
export function compareClocks(check: string, { ours, theirs, whose }: { ours: number; theirs: number; whose: string }) {
  const offMs = ours - theirs;
  const off = Math.abs(offMs);
  if (off < CLOCK_WARNING_MS) return ok(check, `This machine's clock agrees with ${whose}.`);
  const text = {
    found: `This machine's clock is ${Math.round(off / 1_000)} s ${offMs > 0 ? "ahead of" : "behind"} ${whose}.`,
    why: "Turns are signed and access tokens are requested with this clock; when it is five minutes off they are refused.",
    advice: "Let NTP set the clock of this machine (timedatectl set-ntp true), and run the check again.",
  };
  return off < CLOCK_FAULT_MS ? warning(check, text) : fault(check, text);
}
