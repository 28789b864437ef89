/** PostgreSQL keeps every promise of the store, on a real server. */
import { afterAll, inject } from "vitest";
import { conformance } from "../support/stores/conformance.ts";
import { postgresHarness } from "../support/stores/postgres.ts";

const harness = postgresHarness(inject("postgresUrl"), "conformance");
afterAll(() => harness.close());

conformance(harness);
