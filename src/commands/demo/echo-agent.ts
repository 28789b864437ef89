import { Webhook } from "standardwebhooks";
import { isPing } from "../../agents/client/ping.ts";
import { TURN_SCHEMA, type WireTurn } from "../../agents/protocol.ts";
import { type Listening, listen } from "../../http/server.ts";

/** A minimal bot: an HTTP server that verifies the signature and echoes the text. */
export async function startEchoAgent(secret: string): Promise<Listening> {
  const webhook = new Webhook(secret);

  async function answer(request: Request): Promise<Response> {
    const body = await request.text();
    try {
      webhook.verify(body, Object.fromEntries(request.headers));
    } catch {
      return new Response("the signature is wrong", { status: 401 });
    }
    const turn = JSON.parse(body) as WireTurn;
    if (isPing(turn)) return new Response(null, { status: 204 });
    if (turn.schema !== TURN_SCHEMA) return new Response(`unknown schema ${turn.schema}`, { status: 400 });
    const lines = turn.text.split("\n");
    const text =
      lines.length === 1 ? `You said: ${turn.text}` : `You said ${lines.length} things: ${lines.join(" · ")}`;
    return Response.json({ replies: [{ type: "text", text }] });
  }

  return await listen(answer, { host: "127.0.0.1", port: 0 });
}
