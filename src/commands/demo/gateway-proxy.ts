import type { IncomingMessage } from "node:http";
import type { Context, Handler } from "hono";
import { problem } from "../../http/admin/problem.ts";

/**
 * Of a request: what is about the connection, or about the page, which was checked here. The gateway would compare the page's
 * origin with an address that no page has.
 */
const NOT_PASSED_ON = /^(host|origin|accept-encoding|sec-fetch-.*)$/;
/** RFC 9110 §7.6.1. */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect)$/;

/** Passes everything on to the gateway's admin port: answers as they come, and an end of either side. */
export function gatewayProxy(gatewayUrl: () => string | null): Handler {
  return async (c) => {
    const base = gatewayUrl();
    const answer = base === null ? null : await ask(c, base);
    return answer ?? problem(c, 503, "the gateway is down; the simulator's page can start it", { hasSimulator: true });
  };
}

/** `null`: the gateway went down, or the client has gone. */
async function ask(c: Context, base: string): Promise<Response | null> {
  const { pathname, search } = new URL(c.req.url);
  const target = new URL(base);
  // Not resolved against the base: a path of `//elsewhere` would be another host.
  target.pathname = pathname;
  target.search = search;
  const { method, headers, body, signal } = c.req.raw;
  const passedOn = [...headers].filter(([name]) => !NOT_PASSED_ON.test(name) && !HOP_BY_HOP.test(name));
  try {
    const answer = await fetch(target, {
      method,
      headers: [...passedOn, ["accept-encoding", "identity"]],
      body,
      // For a body that is still coming.
      duplex: "half",
      redirect: "manual",
      signal,
    });
    const { status, statusText } = answer;
    const kept = new Headers([...answer.headers].filter(([name]) => !HOP_BY_HOP.test(name)));
    if (pathname !== "/api/me" || method !== "GET" || status !== 200) {
      return new Response(streamOf(c, answer), { status, statusText, headers: kept });
    }
    kept.delete("content-length");
    // The gateway's process doesn't know that its platforms are simulated.
    return Response.json({ ...((await answer.json()) as object), hasSimulator: true }, { headers: kept });
  } catch {
    return null;
  }
}

function streamOf(c: Context, { body }: Response): ReadableStream<Uint8Array> | null {
  if (body === null) return null;
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          // Killed in the middle of its answer: the client must not take the part for the whole.
          (c.env as { readonly incoming?: IncomingMessage }).incoming?.socket.destroy();
          controller.close();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
