import type { IncomingMessage } from "node:http";
import type { Metrics } from "../runtime/metrics.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { RateLimit } from "./rate-limit.ts";

/** What a server knows besides the request: with `@hono/node-server` it is Node's own. */
export type Environment = { readonly incoming?: IncomingMessage } | undefined;

/** A web-standard handler, with what the server knows as a second argument. */
export type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** Asked by load balancers and supervisors again and again; an answer from them proves nothing about who asks. */
const OPEN_TO_ALL = /^https?:\/\/[^/]*\/(health|ready)([?#]|$)/;

/** Rejects who was refused too often, before a byte of the body is read, and learns from how the others are answered. */
export function rateLimitedFetch(
  fetch: Fetch,
  parts: { clientAddresses: ClientAddresses; rateLimit: RateLimit; metrics: Metrics },
): Fetch {
  const { clientAddresses, rateLimit, metrics } = parts;
  return (request, env) => {
    const clientAddress = clientAddresses.nameOf((env as Environment)?.incoming);
    if (clientAddress === null || OPEN_TO_ALL.test(request.url)) return fetch(request, env);
    const waitS = rateLimit.waitS(clientAddress);
    if (waitS === null) return learn(fetch(request, env), clientAddress, rateLimit);
    metrics.requestsRejected.inc({ reason: "rate-limit" });
    const message = `too many refused requests: come back in ${waitS} s`;
    return Response.json({ message }, { status: 429, headers: { "retry-after": String(waitS), connection: "close" } });
  };
}

async function learn(
  answer: Response | Promise<Response>,
  clientAddress: string,
  rateLimit: RateLimit,
): Promise<Response> {
  const response = await answer;
  // Behind every address that isn't open to all a 2xx takes a signature, a token or a signed link.
  if (response.status < 300) rateLimit.proven(clientAddress);
  else if (response.status < 500) rateLimit.refused(clientAddress);
  return response;
}
