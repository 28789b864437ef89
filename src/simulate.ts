import { lineFromEnvironment } from "./channels/line/config.ts";
import { Misconfigured } from "./core/errors.ts";
import { startSimulator } from "./simulator/index.ts";
import { startStage } from "./simulator/listed.ts";

interface SimulateOptions {
  readonly channel: string;
  readonly webhookUrl: string;
  readonly port: string;
}

/** The platform's side as a server of its own, with the gateway's own secrets. Throws `Misconfigured`. */
export async function simulate(env: Readonly<Record<string, string | undefined>>, options: SimulateOptions) {
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535)) throw new Misconfigured(`--port: read ${options.port}; allowed: a port number, 0 to 65535`);
  if (!/^https?:$/.test(URL.parse(options.webhookUrl)?.protocol ?? "")) {
    throw new Misconfigured("--webhook-url: allowed is an absolute http or https address");
  }
  if (options.channel !== "line")
    return await startStage(options.channel, env, { webhookUrl: options.webhookUrl, port });
  const line = lineFromEnvironment(env);
  const channelSecret = line?.channelSecrets[0];
  if (line === null || channelSecret === undefined) {
    throw new Misconfigured(
      "set LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN, any values, the same as the gateway's",
    );
  }
  const simulator = await startSimulator({
    line: {
      channelSecret,
      // Without a token of its own the gateway asks for one, by its channel id.
      accessToken: line.channelAccessToken ?? channelSecret,
      ...(line.channelId !== undefined && { channelId: line.channelId }),
      redelivery: { count: 5, intervalMs: 5_000 },
    },
    webhookUrl: options.webhookUrl,
    port,
  });
  const description = [
    `LINE is simulated at ${simulator.url}; its webhooks go to ${options.webhookUrl}`,
    `the gateway's side: LINE_API_BASE_URL=${simulator.url} LINE_DATA_API_BASE_URL=${simulator.url}`,
    `speak as a person: curl -d '{"peerId":"Usomebody","text":"hi"}' ${simulator.url}/_simulator/says`,
    `look at the phone: curl ${simulator.url}/_simulator/seen/Usomebody`,
  ].join("\n");
  return { description, close: simulator.close };
}
