/** Opens stores by URL: the only place that knows which kinds there are. */
import { Misconfigured } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type Copied, copyHistory, type Progress } from "./copy/history.ts";
import type { DiagnoseOptions, Migrated, OpenOptions, StoreEntry } from "./entry.ts";
import { POSTGRES } from "./postgres/entry.ts";
import { SQLITE } from "./sqlite/entry.ts";
import type { Store } from "./store.ts";

/** The registry of stores. A new store is its folder and an entry here. */
const STORES: Readonly<Record<string, StoreEntry>> = {
  sqlite: SQLITE,
  postgres: POSTGRES,
};

const ENTRIES = Object.values(STORES);

/** Allowed database URLs, for the settings. */
export const STORE_URL = {
  pattern: new RegExp(ENTRIES.map(({ url }) => url.pattern.source).join("|")),
  allowed: allowed(ENTRIES),
  examples: ENTRIES.map(({ url }) => url.example),
} as const;

/**
 * Opens the store at that URL: `sqlite:data/turnpike.db`, `postgres://user:password@host:5432/database`. Migrates its
 * schema to this version. Throws `Misconfigured` with what to do, and its subclass `InUse` when another process has locked
 * a database that can't be shared.
 */
export async function openStore(url: string, options: OpenOptions = {}): Promise<Store> {
  return await entryOf(url).open(url, options);
}

/** The database's name for logs and messages: without user and password. */
export function describeStore(url: string): string {
  return entryOf(url).describe(url);
}

/** Whether opening it would create it; false where only a connection could tell. */
export function isStoreMissing(url: string): boolean {
  return entryOf(url).isMissing(url);
}

/** Whether several processes may open it at the same time. */
export function isStoreShared(url: string): boolean {
  return entryOf(url).isShared;
}

/** Migrates the schema to this version. Throws `Misconfigured`. */
export async function migrateStore(url: string, clock: Clock = systemClock()): Promise<Migrated> {
  return await entryOf(url).migrate(url, clock);
}

/** Read-only diagnostic checks, safe while a gateway runs. */
export async function diagnoseStore(url: string, options: DiagnoseOptions): Promise<readonly Finding[]> {
  return await entryOf(url).diagnose(url, options);
}

export type { Violation } from "./copy/invariants.ts";

export interface StoreCopy {
  /** Schema version of the target. */
  readonly version: number;
  /** Throws `Misconfigured` with what to do. The source is never changed. */
  run(progress: Progress): Promise<Copied>;
}

/** Migrates the target database and prepares the copy. Throws `Misconfigured`. */
export async function prepareCopy(from: string, to: string, clock: Clock = systemClock()): Promise<StoreCopy> {
  const openSource = findEntry(from)?.copySource;
  const openTarget = findEntry(to)?.copyTarget;
  if (openSource === undefined) {
    throw new Misconfigured(`the first address is ${allowed(ENTRIES.filter(({ copySource }) => copySource))}`);
  }
  if (openTarget === undefined) {
    const schemes = ENTRIES.filter(({ copyTarget }) => copyTarget).flatMap((entry) => entry.schemes);
    throw new Misconfigured(`the second address begins with ${schemes.map((scheme) => `${scheme}:`).join(" or ")}`);
  }
  describeStore(from);
  const { version } = await migrateStore(to, clock);
  return {
    version,
    async run(progress) {
      using source = openSource(from);
      await using target = await openTarget(to);
      return await copyHistory(source, target, progress);
    },
  };
}

function findEntry(url: string): StoreEntry | undefined {
  const scheme = url.slice(0, Math.max(0, url.indexOf(":")));
  return ENTRIES.find(({ schemes }) => schemes.includes(scheme));
}

/** A URL may contain a password: the error doesn't repeat it. */
function entryOf(url: string): StoreEntry {
  const entry = findEntry(url);
  if (entry === undefined) throw new Misconfigured(`no store has such a URL; allowed: ${allowed(ENTRIES)}`);
  return entry;
}

function allowed(entries: readonly StoreEntry[]): string {
  return entries.map(({ url }) => url.allowed).join(", or ");
}
