import { z } from "zod";
import { Misconfigured } from "../../../core/errors.ts";
import {
  GROUP_TRIGGERS,
  type LineOptions,
  lineFromEnvironment,
  lineShared,
  resolveLineOptions,
  TOKEN_KINDS,
} from "../config.ts";

const text = z.string().trim().min(1);

/** One of `LINE_ACCOUNTS`: what a LINE channel has of its own. The rest it shares with the others. */
const Account = z.strictObject({
  account: text,
  channelSecret: z.union([text, z.array(text).min(1)]),
  channelAccessToken: text.optional(),
  channelId: text.optional(),
  assertionKey: z.union([text, z.record(z.string(), z.unknown())]).optional(),
  tokenKind: z.enum(TOKEN_KINDS).optional(),
  botUserId: text.optional(),
  groupTrigger: z.enum(GROUP_TRIGGERS).optional(),
  groupPrefix: text.optional(),
  turnEvents: z.array(text).optional(),
});

/**
 * Every LINE channel that the environment describes: that of `LINE_CHANNEL_SECRET`, and those of `LINE_ACCOUNTS`, a JSON
 * list. Throws `Misconfigured` and names the variable and the field; what a field holds is never shown.
 */
export function lineAccounts(variables: Readonly<Record<string, string | undefined>>): readonly LineOptions[] {
  const single = lineFromEnvironment(variables);
  const listed = variables.LINE_ACCOUNTS?.trim() || undefined;
  const accounts = listed === undefined ? [] : readList(listed).map((one) => ({ ...lineShared(variables), ...one }));
  const all = [...(single === null ? [] : [single]), ...accounts];
  const names = all.map(({ account = "default" }) => account);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Misconfigured(`LINE_ACCOUNTS: there are two accounts ${JSON.stringify(twice)}`);
  return all;
}

function readList(listed: string): LineOptions[] {
  let value: unknown;
  try {
    value = JSON.parse(listed);
  } catch {
    throw new Misconfigured(`LINE_ACCOUNTS: read ${listed.length} characters that are no JSON; allowed: a JSON list`);
  }
  const read = z.array(Account).min(1).safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Misconfigured(`LINE_ACCOUNTS[${issue?.path.join(".") ?? ""}]: ${issue?.message ?? "can't be read"}`);
  }
  return read.data.map(({ channelSecret, assertionKey, ...rest }, index) => {
    const options: LineOptions = {
      ...definedOnly(rest),
      channelSecrets: typeof channelSecret === "string" ? [channelSecret] : channelSecret,
      ...(assertionKey === undefined
        ? {}
        : { assertionKey: typeof assertionKey === "string" ? assertionKey : JSON.stringify(assertionKey) }),
    };
    return checked(options, index);
  });
}

type Account = Omit<z.infer<typeof Account>, "channelSecret" | "assertionKey">;

function definedOnly(fields: Account): Omit<LineOptions, "channelSecrets"> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Here the place in the list can still be named. */
function checked(options: LineOptions, index: number): LineOptions {
  try {
    resolveLineOptions(options);
    return options;
  } catch (error) {
    if (error instanceof Misconfigured) throw new Misconfigured(`LINE_ACCOUNTS[${index}]: ${error.message}`);
    throw error;
  }
}
