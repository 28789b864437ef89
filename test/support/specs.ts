import { existsSync } from "node:fs";

/** The platforms' own descriptions of their APIs lie beside a checkout and are not part of it. */
const SPECS = new URL("../../../shared/specs/", import.meta.url);

/** That folder of descriptions, and what to add to a test's name when it isn't there. */
export function specsOf(platform: string): { folder: URL; isMissing: boolean; note: string } {
  const folder = new URL(`${platform}/`, SPECS);
  const isMissing = !existsSync(folder);
  return { folder, isMissing, note: isMissing ? ` (skipped: no ../shared/specs/${platform})` : "" };
}
