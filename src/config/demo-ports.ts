import { allSettings } from "../settings/names.ts";
import { type Environment, newReading, readGroup } from "../settings/read.ts";
import { throwProblems } from "../settings/section.ts";
import { group } from "../settings/setting.ts";
import { ADMIN_SETTINGS, PROGRAM_SETTINGS } from "./program-settings.ts";

export interface PortChoice {
  /** The environment's; `null` without one. */
  readonly given: number | null;
  /** That of `turnpike start`. */
  readonly usual: number;
}

export interface DemoPorts {
  readonly webhooks: PortChoice;
  readonly admin: PortChoice;
}

const SETTINGS = { port: PROGRAM_SETTINGS.port, admin: group("The admin port.", { port: ADMIN_SETTINGS.port }) };

/** Of all settings the demo reads its two ports alone. Throws `Misconfigured`. */
export function readDemoPorts(env: Environment): DemoPorts {
  const reading = newReading(env, allSettings(SETTINGS));
  const { port, admin } = readGroup(SETTINGS, { path: "", raw: null, envPath: ["turnpike"] }, reading);
  throwProblems(reading.problems);
  return {
    webhooks: { given: port ?? null, usual: PROGRAM_SETTINGS.port.default },
    admin: { given: admin.port ?? null, usual: ADMIN_SETTINGS.port.default },
  };
}
