import { nearest, variableNames } from "../settings/names.ts";
import type { Reading } from "../settings/read.ts";

/** Variable with the path of the YAML file. */
export const CONFIG_VARIABLE = "TURNPIKE_CONFIG";

const OURS = /^TURNPIKE_/;
/** Variables for the tests of this project. */
const FOR_TESTS = /^TURNPIKE_TEST_/;

/**
 * Refuses unknown `TURNPIKE_…` variables, and others only if they resemble a known one: they may be another program's.
 */
export function refuseUnknownVariables({ env, all, references, problems }: Reading): void {
  const known = [CONFIG_VARIABLE, ...variableNames(all)];
  const ours = known.filter((name) => OURS.test(name));
  // Without aliases such as PORT, which resembles too many names, such as HOST.
  const others = variableNames(all.filter(({ variables: [name = ""] }) => !OURS.test(name)));
  for (const name of Object.keys(env)) {
    if (known.includes(name) || FOR_TESTS.test(name) || references.has(name)) continue;
    const isOurs = OURS.test(name);
    const near = nearest(name, isOurs ? ours : others);
    if (!isOurs && near === null) continue;
    const listed = ours.filter((one) => !one.endsWith("_FILE")).join(", ");
    const hint = near === null ? `known are ${listed}` : `did you mean ${near}?`;
    problems.push(`${name}: there is no such setting; ${hint}`);
  }
}

/** Warnings for variables that look like a platform's setting and aren't read. */
export function unreadVariables({ env, all, references }: Reading): string[] {
  const known = variableNames(all);
  return Object.keys(env)
    .filter((name) => /^(MESSENGER|WHATSAPP|META)_/.test(name) && !known.includes(name) && !references.has(name))
    .map((name) => `${name} has no effect: it is no setting of this version`);
}
