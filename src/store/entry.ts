import type { Finding } from "../core/finding.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import type { Source } from "./copy/source.ts";
import type { Target } from "./copy/target.ts";
import type { Store } from "./store.ts";

/** What the list of stores has of one kind of database. Whatever takes a URL takes one of that kind. */
export interface StoreEntry {
  /** What its URLs begin with, up to the colon. */
  readonly schemes: readonly string[];
  /** What the setting takes, and what a refusal says after `allowed:`. */
  readonly url: { readonly pattern: RegExp; readonly allowed: string; readonly example: string };
  /** Whether several processes may have it open at the same time. */
  readonly isShared: boolean;
  /** The database as everybody may read it: without a user or a password. */
  describe(url: string): string;
  /** Whether `open` would make it. False where only connecting could tell. */
  isMissing(url: string): boolean;
  /** Throws `Misconfigured` with what to do; `InUse` when another process holds what can't be shared. */
  open(url: string, options: OpenOptions): Promise<Store>;
  /** Brings the schema up to this version. Throws `Misconfigured` with what to do. */
  migrate(url: string, clock: Clock): Promise<Migrated>;
  /** What an operator should know of it. Changes nothing, and may be asked while a gateway runs. */
  diagnose(url: string, options: DiagnoseOptions): Promise<readonly Finding[]>;
  /** What `turnpike copy` reads from. Default: it can't be copied from. */
  readonly copySource?: (url: string) => Source;
  /** What `turnpike copy` writes to. Default: it can't be copied to. */
  readonly copyTarget?: (url: string) => Promise<Target>;
}

/** What a kind of database has no use for, it leaves alone. */
export interface OpenOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Called when what is in memory can't be trusted any more; it must end the process. Default: an uncaught error. */
  readonly onFatal?: (error: Error) => void;
  /** Connections that this process may hold for its work. */
  readonly connections?: number;
  /** Whether processes that share it tell one another of work. Default true. */
  readonly notify?: boolean;
  /** How long to wait for it to come up, in ms. */
  readonly startWaitMs?: number;
}

export interface DiagnoseOptions {
  readonly clock: Clock;
  /** Less free than this on its disk, where that is this machine's, is a warning, in MiB. */
  readonly freeMib: number;
}

export interface Migrated {
  /** The schema's version now. */
  readonly version: number;
  /** The names of the migrations that were missing, in order. */
  readonly migrated: readonly string[];
  /** Whether the database was made by this. */
  readonly isNew: boolean;
}
