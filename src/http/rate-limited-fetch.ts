import type { IncomingMessage } from "node:http";
import type { Metrics } from "../runtime/metrics.ts";
import type { ClientAddresses } from "./client-address.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Environment of a request; `@hono/node-server` provides Node's request. */
export type FetchEnv = { readonly incoming?: IncomingMessage } | undefined;

/** A web-standard handler, with the server's environment as second argument. */
export type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** Not limited, and no authentication: polled by load balancers and supervisors. */
const OPEN_TO_ALL = /^https?:\/\/[^/]*\/(health|ready)([?#]|$)/;

/** Rejects clients over the rate limit before their bodies are read, and counts the other responses. */
export function rateLimitedFetch(
  fetch: Fetch,
  parts: { clientAddresses: ClientAddresses; rateLimit: RateLimit; metrics: Metrics },
): Fetch {
  const { clientAddresses, rateLimit, metrics } = parts;
  return (request, env) => {
    const clientAddress = clientAddresses.nameOf((env as FetchEnv)?.incoming);
    if (clientAddress === null || OPEN_TO_ALL.test(request.url)) return fetch(request, env);
    const waitS = rateLimit.waitS(clientAddress);
    if (waitS === null) return countResponse(fetch(request, env), clientAddress, rateLimit);
    metrics.requestsRejected.inc({ reason: "rate-limit" });
    const message = `too many refused requests: try again in ${waitS} s`;
    return Response.json({ message }, { status: 429, headers: { "retry-after": String(waitS), connection: "close" } });
  };
}

/** Counts a refusal against the client, and exempts an authenticated one. */
async function countResponse(
  answer: Response | Promise<Response>,
  clientAddress: string,
  rateLimit: RateLimit,
): Promise<Response> {
  const response = await answer;
  // On every other path a 2xx requires a signature, a token or a signed link.
  if (response.status < 300) rateLimit.proven(clientAddress);
  else if (response.status < 500) rateLimit.refused(clientAddress);
  return response;
}
