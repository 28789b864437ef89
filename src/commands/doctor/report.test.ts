/** Goal: text and JSON have the same findings, and their levels decide the exit code. */
import { expect, test } from "vitest";
import { fault, fine, skipped, warning } from "../../core/finding.ts";
import { asJson, asText, exitCode, type Report } from "./report.ts";

const trouble = { found: "It rains.", why: "You get wet.", advice: "Take an umbrella." };
const all = (...findings: ReturnType<typeof fine>[]): Report => ({
  findings: findings.map((finding) => ({ about: "weather", ...finding })),
});

test.each([
  ["nothing", all(fine("sky", "It is blue."), skipped("moon", "It is day.")), 0, 0],
  ["a warning", all(fine("sky", "It is blue."), warning("rain", trouble)), 0, 1],
  ["a fault", all(fault("rain", trouble)), 1, 1],
] as const)("with %s it ends as it should, strict or not", (_what, report, lax, strict) => {
  expect([exitCode(report, { strict: false }), exitCode(report, { strict: true })]).toEqual([lax, strict]);
});

test("faults and warnings have a consequence and advice", () => {
  expect(asText(all(fine("sky", "It is blue."), fault("rain", trouble)))).toBe(
    [
      "ok      weather  It is blue.",
      "FAULT   weather  It rains.",
      "                 Why it matters: You get wet.",
      "                 What to do: Take an umbrella.",
      "",
      "1 fault, 0 warnings.",
      "",
    ].join("\n"),
  );
  expect(asText(all(fine("sky", "It is blue.")))).toMatch(/\nNothing to do\.\n$/);
});

test("JSON has the same findings, and counts per level", () => {
  expect(JSON.parse(asJson(all(fine("sky", "It is blue."), warning("rain", trouble))))).toEqual({
    schema: "turnpike.doctor.v1",
    counts: { ok: 1, skipped: 0, warning: 1, fault: 0 },
    findings: [
      { about: "weather", check: "sky", level: "ok", found: "It is blue." },
      { about: "weather", check: "rain", level: "warning", ...trouble },
    ],
  });
});
