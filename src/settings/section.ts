import type { BatchPolicy } from "../core/batch.ts";
import { Misconfigured } from "../core/errors.ts";
import { shortName } from "./kinds.ts";
import { allSettings } from "./names.ts";
import { type Environment, newReading, type Reading, readGroup } from "./read.ts";
import { type Children, type Given, type Group, group, inCapitals, list, setting } from "./setting.ts";
import { BATCH_OVERRIDES } from "./shared/batch.ts";

/** A platform's settings for one account. `treeOf` adds the list of accounts, and batching for each. */
export interface Section<Options extends object, C extends Children> {
  /** Prefix of its settings' names, such as `line`. */
  readonly name: string;
  readonly settings: C;
  /**
   * Builds the account's options; `null` when none of its settings is set. Throws `Misconfigured` when a part is
   * missing. `nameOf` returns a setting's name where it was written: its variable, or its path in the file.
   */
  readonly account: (given: Given<C>, nameOf: (key: keyof C & string) => string) => Options | null;
  /** Throws `Misconfigured` for incompatible settings. */
  readonly resolve: (options: Options) => unknown;
}

export interface Account<Options = object> {
  readonly account: string;
  readonly options: Options;
  /** Overrides of the debounce policy. */
  readonly batch: Partial<BatchPolicy>;
}

/** The section as a part of the settings tree. */
export function treeOf<Options extends object, C extends Children>({ name, settings }: Section<Options, C>): Group {
  const account = setting(shortName, {
    default: null,
    meaning: `name of the account, the last part of its webhook path: \`/webhook/${name}/<account>\``,
    isOwn: true,
    isId: true,
  });
  const accounts = list(
    "More accounts. They inherit omitted settings from those beside `accounts`, except credentials and ids.",
    { account, ...settings, batch: BATCH_OVERRIDES },
    true,
  );
  return group(`Settings of ${name}.`, { ...settings, batch: BATCH_OVERRIDES, accounts }, true);
}

type Fields = Readonly<Record<string, unknown>>;

/** The accounts of a section. Missing parts are added to the problems. */
export function accountsOf<Options extends object, C extends Children>(
  section: Section<Options, C>,
  read: Fields,
  reading: Reading,
): readonly Account<Options>[] {
  const { accounts, ...single } = read;
  const inherited = Object.fromEntries(Object.entries(single).filter(([key]) => !isOwn(section, key)));
  const label = listLabel(section.name, reading);
  const found = [
    accountOf(section, single, { label: section.name, isListed: false }, reading),
    ...(accounts as readonly Fields[]).map((own, index) => {
      const batch = { ...(single.batch as object), ...(own.batch as object) };
      return accountOf(
        section,
        { ...inherited, ...own, batch },
        { label: `${label}[${index}]`, isListed: true },
        reading,
      );
    }),
  ].filter((one) => one !== null);
  const names = found.map(({ account }) => account);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    reading.problems.push(`${label}: the account ${JSON.stringify(twice)} is used twice; allowed: different names`);
  return found;
}

function isOwn<C extends Children>({ settings }: Pick<Section<never, C>, "settings">, key: string): boolean {
  const node = Object.hasOwn(settings, key) ? settings[key] : undefined;
  return node?.node === "setting" && node.isOwn === true;
}

/** Name of the list where it was written. */
function listLabel(name: string, { env }: Reading): string {
  const variable = inCapitals([name, "accounts"]);
  const isSet = [variable, `${variable}_FILE`].some((one) => (env[one]?.trim() ?? "") !== "");
  return isSet ? variable : `${name}.accounts`;
}

interface Position {
  readonly label: string;
  readonly isListed: boolean;
}

function accountOf<Options extends object, C extends Children>(
  section: Section<Options, C>,
  fields: Fields,
  { label, isListed }: Position,
  reading: Reading,
): Account<Options> | null {
  const { account = isListed ? undefined : "default", batch, ...rest } = fields;
  const isUnread = [...reading.broken].some((path) => path.startsWith(`${label}.`));
  // An invalid value was reported already; it must not be reported as missing, too.
  if (isUnread) return null;
  try {
    if (account === undefined) throw new Misconfigured(`${label}.account is not set`);
    const given = (isListed ? { account, ...rest } : rest) as unknown as Given<C>;
    const options = section.account(given, (key) => nameOf(`${label}.${key}`, isListed, reading));
    if (options === null) {
      if (!isListed) return null;
      throw new Misconfigured(`${label} has no credentials; allowed: an account with its own`);
    }
    checked(section, options, label);
    return { account: String(account), options, batch: batch as Partial<BatchPolicy> };
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    reading.problems.push(error.message);
    return null;
  }
}

function checked<Options extends object, C extends Children>(
  { resolve }: Section<Options, C>,
  options: Options,
  label: string,
): void {
  try {
    resolve(options);
  } catch (error) {
    if (error instanceof Misconfigured) throw new Misconfigured(`${label}: ${error.message}`);
    throw error;
  }
}

/** The setting's path if a file is used, else its variable. */
function nameOf(path: string, isListed: boolean, { entries, all, file }: Reading): string {
  const source = entries.find((entry) => entry.path === path)?.source;
  if (source?.kind === "environment") return isListed ? path : source.name;
  if (isListed || source?.kind === "file" || file !== null) return path;
  return all.find((one) => one.path === path)?.variables[0] ?? path;
}

/** The accounts in environment variables. Throws `Misconfigured`. */
export function accountsFromEnvironment<Options extends object, C extends Children>(
  section: Section<Options, C>,
  env: Environment,
): readonly Options[] {
  const { children } = treeOf(section);
  const tree = { [section.name]: treeOf(section) };
  const reading = newReading(env, allSettings(tree));
  const read = readGroup(children, { path: `${section.name}.`, raw: null, envPath: [section.name] }, reading);
  const accounts = accountsOf(section, read as Fields, reading);
  throwProblems(reading.problems);
  return accounts.map(({ options }) => options);
}

/** The first of them; `null` when there is none. */
export function accountFromEnvironment<Options extends object, C extends Children>(
  section: Section<Options, C>,
  env: Environment,
): Options | null {
  return accountsFromEnvironment(section, env)[0] ?? null;
}

/** Throws `Misconfigured` with all problems at once, if there are any. */
export function throwProblems(problems: readonly string[]): void {
  const [first, ...more] = problems;
  if (first === undefined) return;
  if (more.length === 0) throw new Misconfigured(first);
  throw new Misconfigured(`${problems.length} settings are invalid:\n${problems.map((one) => `  ${one}`).join("\n")}`);
}
