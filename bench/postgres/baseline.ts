/**
 * The least that keeps G1 with PostgreSQL: bare node:http, HMAC over the raw body, JSON.parse, and one multi-row INSERT
 * a group, by the driver that the store uses. No order, no turns, no duplicates across people, no limits.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { SECRET } from "../ack/webhooks.ts";

const [connectionString = ""] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 4 });
// One at a time: of several processes that create it at once PostgreSQL lets all but one fail, "if not exists" or not.
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

/** What arrives while one group is written is the next group. */
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
  process.send?.({ port: (server.address() as AddressInfo).port });
});
