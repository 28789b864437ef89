import { lineFromEnvironment } from "../channels/line/config/accounts.ts";
import { whatsappFromEnvironment } from "../channels/whatsapp/config.ts";
import { Misconfigured } from "../core/errors.ts";
import { startSimulator, startWhatsApp } from "../simulator/index.ts";
import { startSimulatorOf } from "../simulator/registry.ts";

interface SimulateOptions {
  readonly channel: string;
  readonly webhookUrl: string;
  readonly port: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Where {
  readonly webhookUrl: string;
  readonly port: number;
}

interface Simulated {
  readonly description: string;
  readonly close: () => Promise<void>;
}

const PLATFORMS: Readonly<Record<string, (env: Environment, where: Where) => Promise<Simulated>>> = {
  line: simulateLine,
  whatsapp: simulateWhatsApp,
};

/** Runs a platform's simulator as a server, with the gateway's secrets. Throws `Misconfigured`. */
export async function simulate(env: Environment, options: SimulateOptions): Promise<Simulated> {
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535)) throw new Misconfigured(`--port: read ${options.port}; allowed: a port number, 0 to 65535`);
  if (!/^https?:$/.test(URL.parse(options.webhookUrl)?.protocol ?? "")) {
    throw new Misconfigured(
      `--webhook-url: read ${JSON.stringify(options.webhookUrl)}; allowed: an absolute http or https URL`,
    );
  }
  const where = { webhookUrl: options.webhookUrl, port };
  const platform = PLATFORMS[options.channel];
  return platform === undefined ? await startSimulatorOf(options.channel, env, where) : await platform(env, where);
}

async function simulateLine(env: Environment, where: Where): Promise<Simulated> {
  const line = lineFromEnvironment(env);
  const channelSecret = line?.channelSecret[0];
  if (line === null || channelSecret === undefined) {
    throw new Misconfigured(
      "set LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN, any values, the same as the gateway's",
    );
  }
  const { url, close } = await startSimulator({
    line: {
      channelSecret,
      // Without a long-lived token the gateway fetches one, with its channel id.
      channelAccessToken: line.channelAccessToken ?? channelSecret,
      ...(line.channelId !== undefined && { channelId: line.channelId }),
      redelivery: { count: 5, intervalMs: 5_000 },
    },
    ...where,
  });
  const gatewaySide = `LINE_API_BASE_URL=${url} LINE_DATA_API_BASE_URL=${url}`;
  return { description: describe("LINE", url, where, gatewaySide, "Usomebody"), close };
}

async function simulateWhatsApp(env: Environment, where: Where): Promise<Simulated> {
  const options = whatsappFromEnvironment(env);
  const appSecret = options?.appSecret[0];
  if (options === null || appSecret === undefined) {
    throw new Misconfigured(
      "set WHATSAPP_APP_SECRET, WHATSAPP_ACCESS_TOKEN, WHATSAPP_VERIFY_TOKEN and WHATSAPP_PHONE_NUMBER_ID, any values, " +
        "the same as the gateway's",
    );
  }
  const { accessToken, phoneNumberId } = options;
  const { url, close } = await startWhatsApp({ whatsapp: { appSecret, accessToken, phoneNumberId }, ...where });
  return { description: describe("WhatsApp", url, where, `META_GRAPH_BASE_URL=${url}`, "15550001111"), close };
}

function describe(name: string, url: string, { webhookUrl }: Where, gatewaySide: string, somebody: string): string {
  return [
    `${name} is simulated at ${url}; its webhooks go to ${webhookUrl}`,
    `settings of the gateway: ${gatewaySide}`,
    `send a message as a person: curl -d '{"peerId":"${somebody}","text":"hi"}' ${url}/_simulator/says`,
    `show the person's screen: curl ${url}/_simulator/seen/${somebody}`,
  ].join("\n");
}
