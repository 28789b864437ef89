import { createServer } from "node:http";

createServer(async (request, response) => {
  const turn = JSON.parse(Buffer.concat(await request.toArray()).toString());
  console.log(turn.turnId, turn.events.length, "events");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ replies: [`You said: ${turn.text}`] }));
}).listen(process.env.PORT ?? 3000, "127.0.0.1");
