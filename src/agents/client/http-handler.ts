import { Webhook } from "standardwebhooks";
import type { WireTurn } from "../protocol.ts";
import { isPing } from "./ping.ts";
import { NoAnswer, repliesOf, type Sayable, type TurnFunction, turnOf } from "./turn.ts";

export interface AgentHandlerOptions {
  /** The secret of `TURNPIKE_AGENT_SECRET` (`whsec_…`); several, while one is being rotated. */
  readonly secret: string | readonly string[];
  /** What the function threw, for your log. Default: nobody is told, and the turn comes again. */
  readonly onError?: (error: unknown, turn: WireTurn) => void;
}

/**
 * A bot behind HTTP, as a web-standard handler for Next.js, Hono, Express, Workers and the rest: it believes only what
 * is signed with the secret. Throws at once when there is no secret.
 */
export function agentHandler(
  answer: TurnFunction,
  { secret, onError = () => {} }: AgentHandlerOptions,
): (request: Request) => Promise<Response> {
  const verifiers = [secret].flat().map((one) => new Webhook(one));
  if (verifiers.length === 0) throw new Error("agentHandler needs a secret: anybody could post turns");

  return async (request) => {
    if (request.method !== "POST") return say(405, "turns are posted");
    const body = await request.text();
    if (!verifiers.some((verifier) => isSigned(verifier, body, request.headers))) {
      return say(401, "the signature is missing, wrong or too old");
    }
    const turn = JSON.parse(body) as WireTurn;
    // From `turnpike doctor`: it wants to know whether somebody is here, and no answer.
    if (isPing(turn)) return new Response(null, { status: 204 });
    const said: Sayable[] = [];
    const voice = {
      signal: request.signal,
      say: (replies: readonly Sayable[]) => said.push(...replies),
      flush: async () => {},
    };
    try {
      said.push(...repliesOf(await answer(turnOf(turn, voice))));
    } catch (error) {
      onError(error, turn);
      return error instanceof NoAnswer ? say(422, "no answer") : say(500, "try again later");
    }
    return said.length === 0 ? new Response(null, { status: 204 }) : Response.json({ replies: said });
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

function say(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
