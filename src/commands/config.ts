import { CHANNELS } from "../channels/index.ts";
import { readConfig } from "../config/config.ts";
import { configSchema } from "../config/json-schema.ts";
import { SETTINGS } from "../config/settings-tree.ts";
import { settingsText, shownSettings } from "../config/show.ts";
import type { Environment } from "../settings/read.ts";

/** What `turnpike config` prints. Throws `Misconfigured`. */
export function showConfig(
  env: Environment,
  options: { readonly config?: string; readonly json: boolean; readonly schema: boolean },
): string {
  if (options.schema) return `${JSON.stringify(configSchema(SETTINGS), null, 2)}\n`;
  const { entries, warnings } = readConfig(env, { file: options.config });
  const settings = shownSettings(entries, Object.keys(CHANNELS));
  if (options.json) return `${JSON.stringify({ settings, warnings }, null, 2)}\n`;
  return [settingsText(settings), ...warnings.map((warning) => `warning: ${warning}\n`)].join("");
}
