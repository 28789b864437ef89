import { accountsFromEnvironment } from "../../../settings/section.ts";
import { LINE_SECTION, type LineOptions } from "../config.ts";

/**
 * Every LINE channel in environment variables: that of `LINE_CHANNEL_SECRET`, and those of `LINE_ACCOUNTS`. Throws
 * `Misconfigured` and names the variable and the field; the value of a secret is never shown.
 */
export function lineAccounts(variables: Readonly<Record<string, string | undefined>>): readonly LineOptions[] {
  return accountsFromEnvironment(LINE_SECTION, variables);
}

/** The first of them; `null` when there is none. */
export function lineFromEnvironment(variables: Readonly<Record<string, string | undefined>>): LineOptions | null {
  return lineAccounts(variables)[0] ?? null;
}
