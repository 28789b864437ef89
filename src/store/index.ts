/** Stores by their addresses: the only place that knows which there are. */
import { Misconfigured } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type Copied, copyHistory, type Progress } from "./copy/history.ts";
import type { DiagnoseOptions, Migrated, OpenOptions, StoreEntry } from "./entry.ts";
import { POSTGRES } from "./postgres/entry.ts";
import { SQLITE } from "./sqlite/entry.ts";
import type { Store } from "./store.ts";

/** The only list of stores. A store is its folder and its entry here. */
const STORES: Readonly<Record<string, StoreEntry>> = {
  sqlite: SQLITE,
  postgres: POSTGRES,
};

const ENTRIES = Object.values(STORES);

/** What the setting of an address takes. */
export const STORE_URL = {
  pattern: new RegExp(ENTRIES.map(({ url }) => url.pattern.source).join("|")),
  allowed: allowed(ENTRIES),
  examples: ENTRIES.map(({ url }) => url.example),
} as const;

/**
 * Opens the store of that address: `sqlite:data/turnpike.db`, `postgres://user:password@host:5432/database`. Brings its
 * schema up to this version. Throws `Misconfigured` with what to do, and `InUse`, which is one, when another process
 * holds what can't be shared.
 */
export async function openStore(url: string, options: OpenOptions = {}): Promise<Store> {
  return await entryOf(url).open(url, options);
}

/** The database as everybody may read it: without a user or a password. */
export function describeStore(url: string): string {
  return entryOf(url).describe(url);
}

/** Whether opening it would make it; false where only connecting could tell. */
export function isStoreMissing(url: string): boolean {
  return entryOf(url).isMissing(url);
}

/** Whether several processes may have it open at the same time. */
export function isStoreShared(url: string): boolean {
  return entryOf(url).isShared;
}

/** Brings the schema up to this version. Throws `Misconfigured`. */
export async function migrateStore(url: string, clock: Clock = systemClock()): Promise<Migrated> {
  return await entryOf(url).migrate(url, clock);
}

/** Looks without changing anything, whether a gateway runs or not. */
export async function diagnoseStore(url: string, options: DiagnoseOptions): Promise<readonly Finding[]> {
  return await entryOf(url).diagnose(url, options);
}

export type { Violation } from "./copy/invariants.ts";

export interface StoreCopy {
  /** The schema's version of the database that is copied into. */
  readonly version: number;
  /** Throws `Misconfigured` with what to do; then the source is as it was. */
  run(progress: Progress): Promise<Copied>;
}

/** Migrates the database that is copied into, and copies when it is told to. Throws `Misconfigured`. */
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

/** An address may hold a password: a refusal doesn't repeat it. */
function entryOf(url: string): StoreEntry {
  const entry = findEntry(url);
  if (entry === undefined) throw new Misconfigured(`no store has such an address; allowed: ${allowed(ENTRIES)}`);
  return entry;
}

function allowed(entries: readonly StoreEntry[]): string {
  return entries.map(({ url }) => url.allowed).join(", or ");
}
