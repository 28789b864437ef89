import { Webhook } from "standardwebhooks";
import { isPing } from "../ping.ts";
import { printError } from "../print-error.ts";
import type { WireTurn } from "../protocol.ts";
import { NoAnswer, repliesOf, type Sayable, type TurnFunction, turnOf } from "./turn.ts";

export interface AgentHandlerOptions {
  /** The gateway's `TURNPIKE_AGENT_SECRET` (`whsec_…`); several during a rotation. */
  readonly secret: string | readonly string[];
  /** Called with what the function threw. Default: printed to the console, with its stack. */
  readonly onError?: (error: unknown, turn: WireTurn) => void;
}

/**
 * A bot behind HTTP, as a web-standard handler for Next.js, Hono, Express, Workers and others. Accepts only requests
 * signed with the secret. Throws when there is no secret.
 */
export function agentHandler(
  answer: TurnFunction,
  { secret, onError = printError }: AgentHandlerOptions,
): (request: Request) => Promise<Response> {
  const verifiers = [secret].flat().map((one) => new Webhook(one));
  if (verifiers.length === 0)
    throw new Error(
      "secret: read an empty list; allowed: one whsec_… secret or more (without one anyone could post turns)",
    );

  return async (request) => {
    if (request.method !== "POST") return messageResponse(405, "use POST");
    const body = await request.text();
    if (!verifiers.some((verifier) => isSigned(verifier, body, request.headers))) {
      return messageResponse(401, "the signature is missing, wrong or too old");
    }
    const turn = JSON.parse(body) as WireTurn;
    // From `turnpike doctor`.
    if (isPing(turn)) return new Response(null, { status: 204 });
    const collected: Sayable[] = [];
    const sink = {
      signal: request.signal,
      addReplies: (replies: readonly Sayable[]) => collected.push(...replies),
      flush: async () => {},
    };
    try {
      collected.push(...repliesOf(await answer(turnOf(turn, sink))));
    } catch (error) {
      onError(error, turn);
      return error instanceof NoAnswer ? messageResponse(422, "no answer") : messageResponse(500, "try again later");
    }
    return collected.length === 0 ? new Response(null, { status: 204 }) : Response.json({ replies: collected });
  };
}

function isSigned(verifier: Webhook, body: string, headers: Headers): boolean {
  try {
    verifier.verify(body, Object.fromEntries(headers));
    return true;
  } catch {
    return false;
  }
}

function messageResponse(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
