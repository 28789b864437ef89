import type { Finding } from "../core/finding.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import type { CopySource } from "./copy/source.ts";
import type { CopyTarget } from "./copy/target.ts";
import type { Store } from "./store.ts";

/** Registry entry of one kind of database. Every method takes a URL of that kind. */
export interface StoreEntry {
  /** URL schemes, without the colon. */
  readonly schemes: readonly string[];
  /** Format of its URLs, with the description for error messages (`allowed: …`). */
  readonly url: { readonly pattern: RegExp; readonly allowed: string; readonly example: string };
  /** Whether several processes may open it at the same time. */
  readonly isShared: boolean;
  /** The database's name for logs and messages: without user and password. */
  describe(url: string): string;
  /** Whether `open` would create it. False where only a connection could tell. */
  isMissing(url: string): boolean;
  /** Throws `Misconfigured` with what to do; `InUse` when another process has locked a database that can't be shared. */
  open(url: string, options: OpenOptions): Promise<Store>;
  /** Migrates the schema to this version. Throws `Misconfigured` with what to do. */
  migrate(url: string, clock: Clock): Promise<Migrated>;
  /** Diagnostic checks. Read-only, and safe while a gateway runs. */
  diagnose(url: string, options: DiagnoseOptions): Promise<readonly Finding[]>;
  /** Source of `turnpike copy`. Default: it can't be copied from. */
  readonly copySource?: (url: string) => CopySource;
  /** Target of `turnpike copy`. Default: it can't be copied to. */
  readonly copyTarget?: (url: string) => Promise<CopyTarget>;
}

/** A store ignores options that it doesn't need. */
export interface OpenOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Called after a failed fsync or when the file is damaged; it must end the process. Default: an uncaught error. */
  readonly onFatal?: (error: Error) => void;
  /** Called at the opening with each doubt about the database that doesn't prevent it, as whole sentences. */
  readonly onWarning?: (text: string) => void;
  /** Size of the connection pool. */
  readonly connections?: number;
  /** Whether processes that share it notify one another of work. Default true. */
  readonly notify?: boolean;
  /** How long to wait for the database at start, in ms. */
  readonly startWaitMs?: number;
}

export interface DiagnoseOptions {
  readonly clock: Clock;
  /** Free disk space below this (MiB) is a warning, for a database on this machine. */
  readonly freeMib: number;
}

export interface Migrated {
  /** The schema's version now. */
  readonly version: number;
  /** The names of the migrations that were missing, in order. */
  readonly migrated: readonly string[];
  /** Whether the migration created the database. */
  readonly isNew: boolean;
}
