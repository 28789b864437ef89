import { agentHandler } from "../../agents/client/http-handler.ts";
import { type Listening, listen } from "../../http/server.ts";

/** A minimal bot: an HTTP server that verifies the signature and echoes the text. */
export async function startEchoAgent(secret: string): Promise<Listening> {
  const handler = agentHandler(({ text }) => echo(text), { secret });
  return await listen(handler, { host: "127.0.0.1", port: 0 });
}

function echo(text: string): string {
  const lines = text.split("\n");
  return lines.length === 1 ? `You said: ${text}` : `You said ${lines.length} things: ${lines.join(" · ")}`;
}
