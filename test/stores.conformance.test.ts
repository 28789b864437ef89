/** SQLite keeps every promise of the store. PostgreSQL's turn is in `test/postgres/`. */
import { conformance } from "./support/stores/conformance.ts";
import { sqliteHarness } from "./support/stores/sqlite.ts";

conformance(sqliteHarness);
