import type { PortChoice } from "../../config/demo-ports.ts";
import { Misconfigured } from "../../core/errors.ts";
import { type Fetch, type Listening, listen } from "../../http/server.ts";

const HOST = "127.0.0.1";
/** Other gateways of this machine may have the usual port and the next ones. */
const TRIED = 20;

/** On the given port. Without one on the usual port, the next that is free, or any. Throws `Misconfigured`. */
export async function listenNear(fetch: Fetch, { given, usual }: PortChoice): Promise<Listening> {
  if (given !== null) return await listen(fetch, { host: HOST, port: given });
  for (let port = usual; port < usual + TRIED; port += 1) {
    try {
      return await listen(fetch, { host: HOST, port });
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error;
    }
  }
  return await listen(fetch, { host: HOST, port: 0 });
}
