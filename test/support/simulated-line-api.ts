import type { LineApi } from "../../src/channels/line/api.ts";
import type { LineSimulator } from "../../src/channels/line/simulator.ts";

/** A transport to the simulator that needs no socket, for the calls beside the sending of messages. */
export function apiOf(line: Pick<LineSimulator, "handle">): LineApi {
  const call = async (method: string, path: string, headers: Record<string, string>, body = "") => {
    const result = await line.handle({ method, path, headers, body: new TextEncoder().encode(body) });
    return result === "disconnect" ? null : { status: result.status, body: JSON.parse(result.body) as unknown };
  };
  return {
    get: (path, token) => call("GET", path, { authorization: `Bearer ${token}` }),
    post: (path, form) => call("POST", path, {}, new URLSearchParams(form).toString()),
    // Content is streamed, and that is for sockets.
    open: async () => null,
    close: async () => {},
  };
}
