/** Goal: an address alone decides which store is opened, migrated, examined and copied, and no refusal shows a password. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { Misconfigured } from "../core/errors.ts";
import { InUse } from "./in-use.ts";
import {
  describeStore,
  diagnoseStore,
  isStoreMissing,
  isStoreShared,
  migrateStore,
  openStore,
  prepareCopy,
  STORE_URL,
} from "./index.ts";

const SERVER = "postgres://me:hush@db.example:5432/bots";

describe("an address", () => {
  test.each([
    ["sqlite:data/turnpike.db", "data/turnpike.db", false],
    [SERVER, "db.example:5432/bots", true],
    ["postgresql://db.example/bots", "db.example/bots", true],
  ])("%s is of a store that says %s of it", (url, shown, isShared) => {
    expect(STORE_URL.pattern.test(url)).toBe(true);
    expect(describeStore(url)).toBe(shown);
    expect(isStoreShared(url)).toBe(isShared);
  });

  test.each(["mysql://me:hush@db/bots", "hush", ":hush", "sqlite::memory:", "sqlite://me:hush@db"])(
    "%s is refused without being repeated",
    async (url) => {
      const refusal = await openStore(url).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Misconfigured);
      expect(String(refusal)).toContain("sqlite: and the path of a file");
      expect(String(refusal)).not.toContain("hush");
      expect(STORE_URL.pattern.test(url)).toBe(false);
    },
  );

  test.each(STORE_URL.examples)("%s, which the settings are tried with, fits", (url) => {
    expect(STORE_URL.pattern.test(url)).toBe(true);
  });

  test("that can't be copied from or to is refused before anything is opened", async () => {
    await expect(prepareCopy(SERVER, SERVER)).rejects.toThrow(/the first address is sqlite:/);
    await expect(prepareCopy("sqlite:a.db", "sqlite:b.db")).rejects.toThrow(/the second address begins with postgres:/);
    await expect(prepareCopy("sqlite:", SERVER)).rejects.toThrow(Misconfigured);
  });
});

describe("a SQLite file", () => {
  let folder: string;
  let url: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "turnpike-stores-"));
    url = `sqlite:${join(folder, "t.db")}`;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is missing until it is opened, and is another's while it is open", async () => {
    expect(isStoreMissing(url)).toBe(true);
    const store = await openStore(url);
    expect(isStoreMissing(url)).toBe(false);
    await expect(openStore(url)).rejects.toBeInstanceOf(InUse);
    await store.checkCommit();
    await store.close();
    await (await openStore(url)).close();
  });

  test("is made by the first migration, and the second one has nothing to do", async () => {
    const first = await migrateStore(url);
    expect(first).toMatchObject({ isNew: true, version: first.migrated.length });
    expect(await migrateStore(url)).toEqual({ isNew: false, version: first.version, migrated: [] });
  });

  test("is examined without being made", async () => {
    const findings = await diagnoseStore(url, { clock: manualClock(), freeMib: 0 });
    expect(findings.map(({ check }) => check)).toContain("database");
    expect(isStoreMissing(url)).toBe(true);
  });
});
