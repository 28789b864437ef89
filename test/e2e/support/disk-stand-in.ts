/**
 * A small server that stores each webhook in SQLite before it says 200, for a check to be tried on: with `FULL` it does
 * so as it should, with `NORMAL` its commits aren't synced, and `eager` says 200 before it stores.
 * Arguments: the database's file, and one of these words. Its first line is its port.
 */
import { createServer, type Socket } from "node:net";
import Database from "better-sqlite3";

const [file = "", how = "FULL"] = process.argv.slice(2);
const db = new Database(file);
db.pragma("journal_mode = WAL");
db.exec("CREATE TABLE webhook (body TEXT)");
// After the first write, because that write would undo what was asked for before it.
db.pragma(`synchronous = ${how === "NORMAL" ? "NORMAL" : "FULL"}`);
const insert = db.prepare("INSERT INTO webhook (body) VALUES (?)");

const ack = (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

const server = createServer((socket) => {
  socket.once("data", (request) => {
    if (how === "eager") ack(socket);
    insert.run(request.toString("latin1"));
    if (how !== "eager") ack(socket);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
