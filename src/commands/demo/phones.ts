import { line } from "../../channels/line/index.ts";
import { whatsapp } from "../../channels/whatsapp/index.ts";
import type { Chance } from "../../runtime/chance.ts";
import { startSimulator, startWhatsApp } from "../../simulator/index.ts";
import { type StagedPhone, stagedPhones } from "./staged-phones.ts";

/** A person's phone with one simulated platform on it. */
export type Phone = StagedPhone;

const LINE_USER = `U${"0123456789abcdef".repeat(2)}`;
const WHATSAPP_NUMBER = "15550001111";

export async function startPhones(chance: Chance): Promise<readonly Phone[]> {
  return [await linePhone(chance), ...(await stagedPhones(chance)), await whatsappPhone(chance)];
}

async function linePhone(chance: Chance): Promise<Phone> {
  const {
    line: platform,
    url,
    close,
  } = await startSimulator({
    line: {
      channelSecret: chance.id("secret"),
      accessToken: chance.id("token"),
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

async function whatsappPhone(chance: Chance): Promise<Phone> {
  const {
    whatsapp: platform,
    url,
    close,
  } = await startWhatsApp({
    whatsapp: { appSecret: chance.id("secret"), accessToken: chance.id("token") },
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
