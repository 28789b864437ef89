/**
 * Baseline, the minimum for G1 with PostgreSQL: node:http, HMAC over the raw body, JSON.parse, and one multi-row INSERT
 * per group, with the store's driver. No order, no turns, no deduplication across people, no limits.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { report } from "../support/program.ts";
import { SECRET } from "../support/webhooks.ts";

const [connectionString = ""] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 4 });
// Serialized: concurrent CREATE TABLE IF NOT EXISTS fails in all processes but one.
await pool.query(`
  SELECT pg_advisory_xact_lock(1);
  CREATE TABLE IF NOT EXISTS baseline (id text PRIMARY KEY, body jsonb NOT NULL)
`);

interface Waiter {
  readonly id: string;
  readonly body: string;
  done(ok: boolean): void;
}

let group: Waiter[] = [];
let isWriting = false;

/** Group commit: requests that arrive during a write are the next group. */
async function write(): Promise<void> {
  isWriting = true;
  while (group.length > 0) {
    const rows = group;
    group = [];
    const ok = await pool
      .query("INSERT INTO baseline SELECT * FROM unnest($1::text[], $2::jsonb[]) ON CONFLICT DO NOTHING", [
        rows.map(({ id }) => id),
        rows.map(({ body }) => body),
      ])
      .then(
        () => true,
        () => false,
      );
    for (const { done } of rows) done(ok);
  }
  isWriting = false;
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
        done: (ok) => {
          response.writeHead(ok ? 200 : 503, { "content-type": "application/json", "content-length": 16 });
          response.end('{"message":"OK"}');
        },
      });
    }
    if (!isWriting) setImmediate(() => isWriting || write());
  });
});
server.listen(0, "127.0.0.1", () => {
  report((server.address() as AddressInfo).port);
});
