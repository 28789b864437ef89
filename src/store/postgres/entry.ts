import type { StoreEntry } from "../entry.ts";
import { PostgresCopyTarget } from "./copy-target.ts";
import { checkPostgres } from "./diagnostics.ts";
import { postgres } from "./index.ts";
import { describe, openDatabase } from "./open-database.ts";

/** Registry entry of PostgreSQL. */
export const POSTGRES: StoreEntry = {
  schemes: ["postgres", "postgresql"],
  url: {
    pattern: /^postgres(ql)?:\/\/[^/]+\/.+$/,
    allowed: "postgres://user:password@host:5432/database",
    example: "postgres://127.0.0.1:5432/turnpike",
  },
  isShared: true,
  describe,
  isMissing: () => false,
  open: (url, { clock, random, connections, notify, startWaitMs }) =>
    postgres({
      url,
      ...(clock !== undefined && { clock }),
      ...(random !== undefined && { random }),
      ...(connections !== undefined && { connections }),
      ...(notify !== undefined && { notify }),
      ...(startWaitMs !== undefined && { startWaitMs }),
    }),
  migrate: async (url, clock) => ({ ...(await openDatabase(url, clock, 0)), isNew: false }),
  diagnose: (url, { clock }) => checkPostgres({ url, clock }),
  copyTarget: (url) => PostgresCopyTarget.open(url),
};
