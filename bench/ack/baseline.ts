/**
 * Baseline, the minimum for G1 ("a 200 is on the disk"): node:http, HMAC over the raw body, JSON.parse, and one row per
 * event in SQLite with group commit and synchronous=FULL. No order, no turns, no deduplication, no limits.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Database from "better-sqlite3";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

const [file = "baseline.db"] = process.argv.slice(2);
const db = new Database(file);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID, STRICT");
const insert = db.prepare("INSERT INTO event (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING");
const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");

let group: { id: string; body: string; done: () => void }[] = [];

function flush(): void {
  const rows = group;
  group = [];
  begin.run();
  for (const { id, body } of rows) insert.run(id, body);
  commit.run();
  for (const { done } of rows) done();
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const expected = createHmac("sha256", SECRET).update(body).digest();
    const given = Buffer.from(String(request.headers["x-line-signature"]), "base64");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      response.writeHead(401).end();
      return;
    }
    const { events } = JSON.parse(body.toString()) as { events: { webhookEventId: string }[] };
    for (const event of events) {
      group.push({
        id: event.webhookEventId,
        body: JSON.stringify(event),
        done: () => {
          response.writeHead(200, { "content-type": "application/json", "content-length": 16 });
          response.end('{"message":"OK"}');
        },
      });
      if (group.length === 1) setImmediate(flush);
    }
  });
});
server.listen(0, "127.0.0.1", () => report((server.address() as AddressInfo).port));
