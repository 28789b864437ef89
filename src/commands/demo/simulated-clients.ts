import { line } from "../../channels/line/index.ts";
import { whatsapp } from "../../channels/whatsapp/index.ts";
import type { Random } from "../../runtime/random.ts";
import { startSimulator, startWhatsApp } from "../../simulator/index.ts";
import { listedClients, type SimulatedClient } from "./listed-clients.ts";

export type { SimulatedClient };

const LINE_USER = `U${"0123456789abcdef".repeat(2)}`;
const WHATSAPP_NUMBER = "15550001111";

export async function startSimulatedClients(random: Random): Promise<readonly SimulatedClient[]> {
  return [await lineClient(random), ...(await listedClients(random)), await whatsappClient(random)];
}

async function lineClient(random: Random): Promise<SimulatedClient> {
  const {
    line: platform,
    url,
    close,
  } = await startSimulator({
    line: {
      channelSecret: random.id("secret"),
      channelAccessToken: random.id("token"),
      redelivery: { count: 3, intervalMs: 2_000 },
    },
  });
  return {
    name: "LINE",
    url,
    channel: line(platform.channelOptions(url)),
    listenAt: (webhookUrl) => {
      platform.webhookUrl = webhookUrl;
    },
    says: async (text) => {
      const { webhook } = await platform.person(LINE_USER).says(text);
      return String(webhook.status ?? webhook.result);
    },
    seen: () => platform.seenBy(LINE_USER).map(({ text }) => text ?? "(not a text)"),
    close,
  };
}

async function whatsappClient(random: Random): Promise<SimulatedClient> {
  const {
    whatsapp: platform,
    url,
    close,
  } = await startWhatsApp({
    whatsapp: { appSecret: random.id("secret"), accessToken: random.id("token") },
  });
  return {
    name: "WhatsApp",
    url,
    channel: whatsapp(platform.channelOptions(url)),
    listenAt: (webhookUrl) => {
      platform.webhookUrl = webhookUrl;
    },
    says: async (text) => {
      const { webhook } = await platform.person(WHATSAPP_NUMBER).says(text);
      return String(webhook.status ?? webhook.result);
    },
    seen: () => platform.seenBy(WHATSAPP_NUMBER).map(({ text }) => text ?? "(not a text)"),
    close,
  };
}
