/** Goal: text and JSON have the same findings, and their levels decide the exit code. */
import { expect, test } from "vitest";
import { fault, ok, skipped, warning } from "../../core/finding.ts";
import { asJson, asText, exitCode, type Report } from "./report.ts";

const trouble = { found: "The disk is full.", why: "Webhooks are refused.", advice: "Free some space." };
const all = (...findings: ReturnType<typeof ok>[]): Report => ({
  findings: findings.map((finding) => ({ about: "database", ...finding })),
});

test.each([
  ["nothing", all(ok("access", "The file can be opened."), skipped("schema", "Not checked.")), 0, 0],
  ["a warning", all(ok("access", "The file can be opened."), warning("disk", trouble)), 0, 1],
  ["a fault", all(fault("disk", trouble)), 1, 1],
] as const)("the exit code for %s, strict or not", (_what, report, lax, strict) => {
  expect([exitCode(report, { strict: false }), exitCode(report, { strict: true })]).toEqual([lax, strict]);
});

test("faults and warnings have a consequence and advice", () => {
  expect(asText(all(ok("access", "The file can be opened."), fault("disk", trouble)))).toBe(
    [
      "ok      database  The file can be opened.",
      "FAULT   database  The disk is full.",
      "                  Why it matters: Webhooks are refused.",
      "                  What to do: Free some space.",
      "",
      "1 fault, 0 warnings.",
      "",
    ].join("\n"),
  );
  expect(asText(all(ok("access", "The file can be opened.")))).toMatch(/\nNothing to do\.\n$/);
});

test("JSON has the same findings, and counts per level", () => {
  expect(JSON.parse(asJson(all(ok("access", "The file can be opened."), warning("disk", trouble))))).toEqual({
    schema: "turnpike.doctor.v1",
    counts: { ok: 1, skipped: 0, warning: 1, fault: 0 },
    findings: [
      { about: "database", check: "access", level: "ok", found: "The file can be opened." },
      { about: "database", check: "disk", level: "warning", ...trouble },
    ],
  });
});
