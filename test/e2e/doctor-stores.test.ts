/**
 * Goal: `turnpike doctor` finds what is wrong with a database, before the gateway's first start and after its last one,
 * and with the accounts at Meta. Method: the shipped program on real files, a real disk and a real PostgreSQL, whose own
 * settings are made weak one by one; simulated Messenger and WhatsApp.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/index.ts";
import { startWhatsApp } from "../../src/simulator/server.ts";
import { openDb } from "../../src/store/sqlite/connection.ts";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import type { Environment } from "./support/command.ts";
import { runCommand } from "./support/command.ts";
import { SmallDisk, whyNoSmallDisk } from "./support/disk-small.ts";
import { Gateway } from "./support/gateway.ts";
import { examined, troubles } from "./support-doctor/examined.ts";

const noDisk = whyNoSmallDisk();
const titled = (title: string, reason: string | null) => (reason === null ? title : `${title} (skipped: ${reason})`);

/** Nobody listens there. */
const ALONE: Environment = { TURNPIKE_HOST: "127.0.0.1", TURNPIKE_PORT: "1", TURNPIKE_AGENT_TOKEN: "a-token-canary" };

/** The trouble of that name, and how it ended. */
async function finds(env: Environment, about: string, check: string) {
  const found = await examined({ ...ALONE, ...env });
  const trouble = troubles(found).find((one) => one.about === about && one.check === check);
  return { code: found.code, output: found.output, all: troubles(found), ...trouble };
}

describe.concurrent("a SQLite file", () => {
  const made = mkdtempSync(join(tmpdir(), "turnpike-doctor-"));
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  const folder = () => mkdtempSync(join(made, "x-"));

  /** A database that a gateway has left in good order; `spoil` is what became of it since. */
  function left(spoil = ""): string {
    const file = join(folder(), "turnpike.db");
    const { db } = openDb(file);
    db.exec(spoil);
    db.close();
    return file;
  }
  const on = (file: string): Environment => ({ TURNPIKE_DATABASE_URL: `sqlite:${file}` });

  test("that isn't there yet is no trouble, and isn't made by looking", async () => {
    const path = folder();
    const { all } = await finds(on(join(path, "deep", "turnpike.db")), "database", "database");
    expect(all.filter(({ about }) => about === "database")).toEqual([]);
    expect(readdirSync(path)).toEqual([]);
  });

  test("in good order is no trouble, and is left as it was, with nothing beside it", async () => {
    const file = left();
    const before = statSync(file).mtimeMs;
    const { all } = await finds(on(file), "database", "database");
    expect(all.filter(({ about }) => about === "database")).toEqual([]);
    expect([readdirSync(join(file, "..")), statSync(file).mtimeMs]).toEqual([["turnpike.db"], before]);
  });

  test("that a crash left with its log is read with it, and the log stays for the gateway", async () => {
    const file = join(folder(), "turnpike.db");
    const { db } = openDb(file);
    db.exec("INSERT INTO account (channel, account, stopped_reason) VALUES ('line', 'shop', '401 invalid token')");
    const during = await finds(on(file), "database", "account-stopped");
    expect(during).toMatchObject({ code: 1, level: "fault", found: expect.stringMatching(/line\/shop.*401/) });
    expect(during.advice).toMatch(/restart the gateway/);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    db.close();
  });

  test("where an account's own template is refused", async () => {
    const file = left(`INSERT INTO account (channel, account, template_refused_reason, template_refused_at)
      VALUES ('whatsapp', 'shop', '132015: the template is paused', 1)`);
    const found = await finds(on(file), "database", "window-template");
    expect(found).toMatchObject({ code: 1, level: "fault", found: expect.stringMatching(/whatsapp\/shop.*132015/) });
    expect(found.advice).toMatch(/WHATSAPP_WINDOW_TEMPLATE/);
  });

  test("of a newer version is named as that", async () => {
    const found = await finds(on(left("PRAGMA user_version = 999")), "database", "schema");
    expect(found).toMatchObject({ code: 1, level: "fault", advice: expect.stringMatching(/newer version again/) });
  });

  test("whose last commit is ahead of this machine's clock: the clock was set back", async () => {
    const ahead = Date.now() + 3_600_000;
    const found = await finds(on(left(`UPDATE probe SET written_at = ${ahead}`)), "database", "database-clock");
    expect(found).toMatchObject({ code: 1, found: expect.stringMatching(/3\d\d\d s behind/) });
    expect(found.advice).toMatch(/NTP/);
  });

  test("whose journal mode somebody changed", async () => {
    const found = await finds(on(left("PRAGMA journal_mode = DELETE")), "database", "durability");
    expect(found).toMatchObject({ level: "warning", found: expect.stringMatching(/journal_mode=delete/) });
    expect(found.advice).toMatch(/no other program/);
  });

  test("that is none", async () => {
    const file = join(folder(), "turnpike.db");
    writeFileSync(file, "not a database, whatever its name says".repeat(100));
    const found = await finds(on(file), "database", "database");
    expect(found).toMatchObject({ code: 1, found: expect.stringMatching(/SQLITE_NOTADB/) });
    expect(found.advice).toMatch(/Restore a backup/);
  });

  test.skipIf(noDisk !== null)(titled("on a disk that is mounted read-only", noDisk), async () => {
    const path = folder();
    using disk = new SmallDisk(path, 8);
    openDb(join(path, "turnpike.db")).db.close();
    disk.protect();
    const found = await finds(on(join(path, "turnpike.db")), "database", "database-rights");
    expect(found).toMatchObject({ code: 1, found: expect.stringMatching(/may not write.*read-only/) });
    expect(found.advice).toMatch(/mount the disk for writing/);
  });

  test.skipIf(noDisk !== null)(titled("on a disk that is full, or out of files", noDisk), async () => {
    const path = folder();
    using disk = new SmallDisk(path, 8);
    openDb(join(path, "turnpike.db")).db.close();
    disk.fill();
    const full = await finds(on(join(path, "turnpike.db")), "database", "free-disk");
    expect(full).toMatchObject({ code: 1, level: "fault", found: expect.stringMatching(/^0 MiB are free/) });
    expect(full.advice).toMatch(/Make room/);
    const manyFiles = folder();
    using small = new SmallDisk(manyFiles, 100, { files: 2 });
    writeFileSync(join(manyFiles, "the-only-one"), "");
    const noFiles = await finds(on(join(manyFiles, "turnpike.db")), "database", "free-disk");
    expect(noFiles).toMatchObject({ code: 1, found: expect.stringMatching(/no more files/) });
    expect(small).toBeDefined();
  });

  test("whose gateway waits for an agent to connect", async () => {
    const secrets = {
      LINE_CHANNEL_SECRET: "s",
      LINE_CHANNEL_ACCESS_TOKEN: "t",
      LINE_API_BASE_URL: "http://127.0.0.1:1",
    };
    await using gateway = new Gateway({ ...secrets, TURNPIKE_AGENT_TOKEN: "a-token-canary" });
    await gateway.start();
    const found = await finds({ ...on(gateway.file), TURNPIKE_PORT: new URL(gateway.url).port }, "agent", "agent");
    expect(found).toMatchObject({ code: 1, found: "No agent is connected to the gateway." });
    expect(found.output).not.toContain("canary");
  });
});

describe("PostgreSQL", () => {
  let server: PostgresServer;
  let url: string;
  beforeAll(async () => {
    server = await startPostgresServer();
    url = await server.createDatabase("looked_at");
    await using migrated = runCommand(["migrate"], { TURNPIKE_DATABASE_URL: url });
    expect((await migrated.ended).code).toBe(0);
  });
  afterAll(() => server.destroy());

  const on = (address: string): Environment => ({ TURNPIKE_DATABASE_URL: address });
  async function weaken(setting: string, value: string): Promise<void> {
    await server.query(`ALTER SYSTEM SET ${setting} = ${value}`);
    await server.query("SELECT pg_reload_conf()");
    onTestFinished(async () => {
      await server.query(`ALTER SYSTEM RESET ${setting}`);
      await server.query("SELECT pg_reload_conf()");
    });
  }

  test("in good order is no trouble", async () => {
    const { all } = await finds(on(url), "database", "database");
    expect(all.filter(({ about }) => about === "database")).toEqual([]);
  });

  test.each([
    ["fsync", "off", "durability-fsync", "fault"],
    ["full_page_writes", "off", "durability-full-page-writes", "fault"],
    ["synchronous_commit", "off", "durability-synchronous-commit", "warning"],
  ] as const)("%s = %s", async (setting, value, check, level) => {
    await weaken(setting, value);
    const found = await finds(on(url), "database", check);
    expect(found).toMatchObject({ level, found: expect.stringContaining(`${setting}=${value}`) });
    expect(found.advice).toContain(setting);
  });

  test("a replica, a wrong password, a missing database, a server that is away", async () => {
    const standby = await server.startStandby();
    onTestFinished(() => standby.destroy());
    expect(await finds(on(standby.url("looked_at")), "database", "replica")).toMatchObject({
      code: 1,
      advice: expect.stringMatching(/Name the primary/),
    });
    const wrong = new URL(url);
    wrong.password = "a-wrong-password-canary";
    for (const [address, words] of [
      [wrong.href, /password is wrong/],
      [server.url("missing"), /create it first/],
      ["postgres://somebody:canary@127.0.0.1:1/turnpike", /ECONNREFUSED/],
    ] as const) {
      const found = await finds(on(address), "database", "database");
      expect(found).toMatchObject({ code: 1, found: expect.stringMatching(words) });
      expect(found.output).not.toContain("canary");
    }
  });

  test("a newer schema, a stopped account, a refused template, and the doctor changes nothing", async () => {
    await server.query("INSERT INTO turnpike_schema (version, name) VALUES (999, 'from the future')", "looked_at");
    expect(await finds(on(url), "database", "schema")).toMatchObject({ code: 1, found: expect.stringMatching(/999/) });
    await server.query("DELETE FROM turnpike_schema WHERE version = 999", "looked_at");
    await server.query(
      "INSERT INTO account (channel, account, stopped_reason) VALUES ('line', 'shop', '403 forbidden')",
      "looked_at",
    );
    expect(await finds(on(url), "database", "account-stopped")).toMatchObject({
      found: expect.stringMatching(/line\/shop.*403/),
    });
    await server.query(
      `INSERT INTO account (channel, account, template_refused_reason, template_refused_at)
       VALUES ('whatsapp', 'shop', '132015: the template is paused', 1)`,
      "looked_at",
    );
    expect(await finds(on(url), "database", "window-template")).toMatchObject({
      code: 1,
      level: "fault",
      found: expect.stringMatching(/whatsapp\/shop.*132015/),
    });
    const empty = await server.createDatabase("never_started");
    expect((await finds(on(empty), "database", "schema")).all.filter(({ about }) => about === "database")).toEqual([]);
    expect(await server.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", "never_started")).toEqual([]);
  });
});

const MESSENGER: Environment = {
  MESSENGER_APP_SECRET: "messenger-app-secret-canary",
  MESSENGER_PAGE_ACCESS_TOKEN: "messenger-page-token-canary",
  MESSENGER_VERIFY_TOKEN: "messenger-verify-token-canary",
  MESSENGER_PAGE_ID: "100000000000001",
};

describe.concurrent("a page on Messenger", () => {
  const database = mkdtempSync(join(tmpdir(), "turnpike-doctor-"));
  afterAll(() => rmSync(database, { recursive: true, force: true }));
  const BASE: Environment = { ...MESSENGER, TURNPIKE_DATABASE_URL: `sqlite:${join(database, "turnpike.db")}` };

  const startMessenger = () => startSimulator("messenger", MESSENGER, { webhookUrl: "http://127.0.0.1:1/" });

  test.each([
    ["in good order", {}, null, null],
    [
      "a token that has ended",
      { MESSENGER_PAGE_ACCESS_TOKEN: "an-old-token" },
      /error 190/,
      /token that doesn't expire/,
    ],
    ["another app's secret", { MESSENGER_APP_SECRET: "another" }, /not the secret of the app/, /Copy the app secret/],
    [
      "another page's token",
      { MESSENGER_PAGE_ID: "100000000000099" },
      /MESSENGER_PAGE_ID is 100000000000099/,
      /same line/,
    ],
    ["out of reach", { META_GRAPH_BASE_URL: "http://127.0.0.1:1" }, /can't be reached/, /META_GRAPH_BASE_URL/],
  ] as const)("%s", async (_name, env, words, advice) => {
    await using messenger = await startMessenger();
    const found = await finds(
      { ...BASE, META_GRAPH_BASE_URL: messenger.url, ...env },
      "messenger/default",
      "credentials",
    );
    expect(found.output).not.toContain("canary");
    if (words === null) expect([found.code, found.all.filter(({ about }) => about !== "settings")]).toEqual([0, []]);
    else {
      expect(found).toMatchObject({ code: 1, found: expect.stringMatching(words) });
      expect(found.advice).toMatch(advice);
    }
  });

  test("that nobody is subscribed to any more", async () => {
    await using quiet = await startMessenger();
    const token = MESSENGER.MESSENGER_PAGE_ACCESS_TOKEN ?? "";
    await fetch(`${quiet.url}/v26.0/me/subscribed_apps?access_token=${token}`, { method: "DELETE" });
    const found = await finds({ ...BASE, META_GRAPH_BASE_URL: quiet.url }, "messenger/default", "webhook");
    expect(found).toMatchObject({ code: 1, found: "No app is subscribed to the page." });
    expect(found.advice).toMatch(/Subscribe the page again/);
  });

  test.each([
    ["in good order", {}, null],
    ["a token that has ended", { WHATSAPP_ACCESS_TOKEN: "an-old-token" }, /error 190/],
    ["another app's secret", { WHATSAPP_APP_SECRET: "another" }, /not the secret of the app/],
    ["another number", { WHATSAPP_PHONE_NUMBER_ID: "106540000000099" }, /WHATSAPP_PHONE_NUMBER_ID/],
  ] as const)("a number on WhatsApp: %s", async (_name, env, words) => {
    const own = { appSecret: "wa-app-secret-canary", accessToken: "wa-token-canary", phoneNumberId: "106540000000001" };
    await using platform = await startWhatsApp({ whatsapp: own });
    const variables: Environment = {
      WHATSAPP_APP_SECRET: own.appSecret,
      WHATSAPP_ACCESS_TOKEN: own.accessToken,
      WHATSAPP_VERIFY_TOKEN: "wa-verify-canary",
      WHATSAPP_PHONE_NUMBER_ID: own.phoneNumberId,
      TURNPIKE_DATABASE_URL: BASE.TURNPIKE_DATABASE_URL,
      META_GRAPH_BASE_URL: platform.url,
    };
    const found = await finds({ ...variables, ...env }, "whatsapp/default", "credentials");
    expect(found.output).not.toContain("canary");
    if (words === null) expect([found.code, found.all.filter(({ about }) => about !== "settings")]).toEqual([0, []]);
    else expect(found).toMatchObject({ code: 1, found: expect.stringMatching(words) });
  });
});
