import { Misconfigured } from "../core/errors.ts";
import type { Environment } from "../settings/read.ts";
import { startSimulator } from "../simulator/registry.ts";

interface SimulateOptions {
  readonly channel: string;
  readonly webhookUrl: string;
  readonly port: string;
}

/** The platform's side as a server of its own, with the gateway's own secrets. Throws `Misconfigured`. */
export async function simulate(env: Environment, options: SimulateOptions) {
  const { channel, webhookUrl } = options;
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535)) throw new Misconfigured(`--port: read ${options.port}; allowed: a port number, 0 to 65535`);
  if (!/^https?:$/.test(URL.parse(webhookUrl)?.protocol ?? "")) {
    throw new Misconfigured("--webhook-url: allowed is an absolute http or https address");
  }
  return await startSimulator(channel, env, { webhookUrl, port });
}
