import { FINDING_LEVELS, type Finding } from "../../core/finding.ts";

/** A finding, and the part of the gateway that it is about: `settings`, `database`, `agent`, `line/default` … */
export type ReportedFinding = Finding & { readonly about: string };

export interface Report {
  readonly findings: readonly ReportedFinding[];
}

/** 0 without a fault; 1 with one, and with `strict` for a warning, too. */
export function exitCode({ findings }: Report, { strict }: { strict: boolean }): 0 | 1 {
  const isBad = ({ level }: ReportedFinding) => level === "fault" || (strict && level === "warning");
  return findings.some(isBad) ? 1 : 0;
}

const MARKS = { ok: "ok     ", skipped: "–      ", warning: "WARNING", fault: "FAULT  " } as const;

/** Findings in order of the checks, with consequence and advice for faults and warnings. */
export function asText(report: Report): string {
  const widest = Math.max(...report.findings.map(({ about }) => about.length));
  const lines = report.findings.flatMap((finding) => {
    const head = `${MARKS[finding.level]} ${finding.about.padEnd(widest)}  ${finding.found}`;
    if (!("why" in finding)) return [head];
    const indent = " ".repeat(MARKS.ok.length + widest + 3);
    return [head, `${indent}Why it matters: ${finding.why}`, `${indent}What to do: ${finding.advice}`];
  });
  return [...lines, "", summary(report), ""].join("\n");
}

function summary(report: Report): string {
  const { fault, warning } = countsOf(report);
  if (fault + warning === 0) return "Nothing to do.";
  return `${fault} ${fault === 1 ? "fault" : "faults"}, ${warning} ${warning === 1 ? "warning" : "warnings"}.`;
}

/** The same findings for programs, with stable `check` names and counts per level. */
export function asJson(report: Report): string {
  return `${JSON.stringify({ schema: "turnpike.doctor.v1", counts: countsOf(report), findings: report.findings }, null, 2)}\n`;
}

function countsOf({ findings }: Report): Record<Finding["level"], number> {
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  const counts = FINDING_LEVELS.map((level) => [level, count(level)] as const);
  return Object.fromEntries(counts) as Record<Finding["level"], number>;
}
