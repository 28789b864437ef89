/**
 * The limit: a program that does only what can't be left out if nothing may be lost or doubled. In group commits with
 * synchronous=FULL: (1) key, event, turn and token before the 200; (2) after the bot's answer, turn done, delivery, token
 * claimed and attempt with its bytes before the call; (3) the outcome of attempt, delivery and token. It has no batching,
 * no order, no retries, no limits and no log: the distance to it is what all of that costs.
 */
import { randomBytes } from "node:crypto";
import Database from "better-sqlite3";
import { createCalls, type LineEvent, replyBody, serveWebhooks } from "../support/home-made.ts";
import { report } from "../support/program.ts";

const [file = "limit.db", platformUrl = "", botUrl = ""] = process.argv.slice(2);
const db = new Database(file);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`
  CREATE TABLE dedup_key (key TEXT PRIMARY KEY, event_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE event (event_id TEXT PRIMARY KEY, turn_id TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE turn (turn_id TEXT PRIMARY KEY, person TEXT NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE reply_token (event_id TEXT PRIMARY KEY, token TEXT NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE delivery (delivery_id TEXT PRIMARY KEY, turn_id TEXT NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE attempt (delivery_id TEXT PRIMARY KEY, body TEXT NOT NULL, outcome TEXT) STRICT, WITHOUT ROWID;
`);
const insertKey = db.prepare("INSERT INTO dedup_key (key, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING");
const insertEvent = db.prepare("INSERT INTO event (event_id, turn_id, body) VALUES (?, ?, ?)");
const insertTurn = db.prepare("INSERT INTO turn (turn_id, person, state) VALUES (?, ?, 'leased')");
const insertToken = db.prepare("INSERT INTO reply_token (event_id, token, state) VALUES (?, ?, 'unused')");
const endTurn = db.prepare("UPDATE turn SET state = 'done' WHERE turn_id = ? AND state = 'leased'");
const insertDelivery = db.prepare("INSERT INTO delivery (delivery_id, turn_id, state) VALUES (?, ?, 'sending')");
const claimToken = db.prepare("UPDATE reply_token SET state = 'claimed' WHERE event_id = ? AND state = 'unused'");
const insertAttempt = db.prepare("INSERT INTO attempt (delivery_id, body) VALUES (?, ?)");
const endAttempt = db.prepare("UPDATE attempt SET outcome = ? WHERE delivery_id = ?");
const endDelivery = db.prepare("UPDATE delivery SET state = ? WHERE delivery_id = ?");
const spendToken = db.prepare("UPDATE reply_token SET state = 'spent' WHERE event_id = ?");
const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");

let group: { work: () => void; done: () => void }[] = [];

function flush(): void {
  const works = group;
  group = [];
  begin.run();
  for (const { work } of works) work();
  commit.run();
  for (const { done } of works) done();
}

/** Resolves when the commit that has this work is on the disk. */
function committed(work: () => void): Promise<void> {
  return new Promise((done) => {
    group.push({ work, done });
    if (group.length === 1) setImmediate(flush);
  });
}

let serial = 0;
const prefix = randomBytes(6).toString("hex");
const newId = () => `${Date.now().toString(16)}${prefix}${(serial++).toString(16).padStart(8, "0")}`;

async function accept(event: LineEvent): Promise<void> {
  const [eventId, turnId] = [newId(), newId()];
  let isNew = false;
  await committed(() => {
    isNew = insertKey.run(event.webhookEventId, eventId).changes === 1;
    if (!isNew) return;
    insertTurn.run(turnId, event.source.userId);
    insertEvent.run(eventId, turnId, JSON.stringify(event));
    insertToken.run(eventId, event.replyToken);
  });
  if (isNew && botUrl !== "") void answer(event, eventId, turnId);
}

const calls = createCalls(platformUrl, botUrl);

async function answer(event: LineEvent, eventId: string, turnId: string): Promise<void> {
  const body = replyBody(event, await calls.ask(turnId, event));
  const deliveryId = newId();
  await committed(() => {
    endTurn.run(turnId);
    insertDelivery.run(deliveryId, turnId);
    claimToken.run(eventId);
    insertAttempt.run(deliveryId, body);
  });
  const outcome = (await calls.reply(body)) === 200 ? "sent" : "unknown";
  await committed(() => {
    endAttempt.run(outcome, deliveryId);
    endDelivery.run(outcome, deliveryId);
    spendToken.run(eventId);
  });
}

report(await serveWebhooks(accept));
