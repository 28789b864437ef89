import type { Channel } from "../../channel.ts";
import { META_ENTRY } from "../../meta/simulator/entry.ts";
import { type ChannelSeams, simulatorEntry } from "../../simulation/entry.ts";
import type { SimulatorEntry } from "../../simulation/platform.ts";
import { WHATSAPP_SECTION, type WhatsAppOptions } from "../config.ts";
import { createWhatsAppSimulator } from "../simulator.ts";
import { whatsappCommands, whatsappViews } from "./control.ts";
import { WHATSAPP_SCENARIOS } from "./scenarios/set.ts";

export function whatsappSimulatorEntry(
  create: (options: WhatsAppOptions, seams: ChannelSeams) => Channel,
): SimulatorEntry {
  return simulatorEntry({
    ...META_ENTRY,
    title: "WhatsApp",
    noRepeat: "WhatsApp takes no idempotency key: only a status tells",
    variables: {
      WHATSAPP_APP_SECRET: "app-secret",
      WHATSAPP_ACCESS_TOKEN: "access-token",
      WHATSAPP_VERIFY_TOKEN: "verify-token",
      WHATSAPP_PHONE_NUMBER_ID: "106540000000001",
    },
    examplePeerId: "15550001111",
    people: [{ peerId: "15550001111", name: "Person 1111", groupId: null }],
    scenarios: WHATSAPP_SCENARIOS,
    section: WHATSAPP_SECTION,
    create,
    simulate: ({ appSecret: [appSecret = ""], accessToken, phoneNumberId }, outside) =>
      createWhatsAppSimulator({ ...outside, appSecret, accessToken, phoneNumberId }),
    commands: whatsappCommands,
    views: whatsappViews,
  });
}
