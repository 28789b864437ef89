/**
 * Goal: lists are whole in a database whose collation is a language's, which is what most servers create.
 * Method: the tests of what an operator is told, in a database that sorts as a dictionary does.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { conformanceOfLists } from "../support/stores/conformance.ts";
import { postgresHarness } from "../support/stores/postgres.ts";

const server = inject("postgresUrl");
const inDatabase = (name: string) => Object.assign(new URL(server), { pathname: `/${name}` }).href;
const url = inDatabase("as_a_dictionary");
const harness = postgresHarness(url, "lists");

async function ask(address: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  await ask(server, "DROP DATABASE IF EXISTS as_a_dictionary");
  await ask(
    server,
    "CREATE DATABASE as_a_dictionary TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
  );
});
afterAll(async () => {
  await harness.close();
  await ask(server, "DROP DATABASE as_a_dictionary");
});

test("it sorts punctuation before letters, which by bytes comes after them", async () => {
  expect(await ask(url, "SELECT '~' < 'a'")).toEqual([true]);
});

describe("in a database that sorts as a dictionary", () => conformanceOfLists(harness));
