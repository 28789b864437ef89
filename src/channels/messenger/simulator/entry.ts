import type { Channel } from "../../channel.ts";
import { META_ENTRY } from "../../meta/simulator/entry.ts";
import { type ChannelSeams, simulatorEntry } from "../../simulation/entry.ts";
import type { SimulatorEntry } from "../../simulation/platform.ts";
import { MESSENGER_SECTION, type MessengerOptions } from "../config.ts";
import { createMessengerSimulator } from "../simulator.ts";
import { messengerCommands, messengerViews } from "./control.ts";
import { MESSENGER_SCENARIOS } from "./scenarios/set.ts";

export function messengerSimulatorEntry(
  create: (options: MessengerOptions, seams: ChannelSeams) => Channel,
): SimulatorEntry {
  return simulatorEntry({
    ...META_ENTRY,
    title: "Messenger",
    noRepeat: "Messenger takes no idempotency key: only an echo tells",
    variables: {
      MESSENGER_APP_SECRET: "app-secret",
      MESSENGER_PAGE_ACCESS_TOKEN: "page-token",
      MESSENGER_VERIFY_TOKEN: "verify-token",
      MESSENGER_PAGE_ID: "100000000000001",
    },
    examplePeerId: "200000000000001",
    people: [{ peerId: "200000000000001", name: "Person 0001", groupId: null }],
    scenarios: MESSENGER_SCENARIOS,
    section: MESSENGER_SECTION,
    create,
    simulate: ({ appSecret: [appSecret = ""], pageAccessToken, pageId }, outside) =>
      createMessengerSimulator({ ...outside, appSecret, pageAccessToken, pageId }),
    commands: messengerCommands,
    views: messengerViews,
  });
}
