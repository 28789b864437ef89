import type { Channel } from "../../channel.ts";
import { type ChannelSeams, simulatorEntry } from "../../simulation/entry.ts";
import type { SimulatorActions, SimulatorEntry } from "../../simulation/platform.ts";
import { LINE_SECTION, type LineOptions } from "../config.ts";
import { createLineSimulator, type LineSimulator } from "../simulator.ts";
import { lineCommands, lineViews } from "./control.ts";
import { LINE_PEOPLE } from "./people.ts";
import { LINE_SCENARIOS } from "./scenarios/set.ts";

export function lineSimulatorEntry(create: (options: LineOptions, seams: ChannelSeams) => Channel): SimulatorEntry {
  return simulatorEntry({
    title: "LINE",
    routes: ["reply", "push"],
    signatureHeader: "x-line-signature",
    marksCopies: true,
    noRepeat: null,
    variables: { LINE_CHANNEL_SECRET: "channel-secret", LINE_CHANNEL_ACCESS_TOKEN: "access-token" },
    examplePeerId: "Usomebody",
    people: LINE_PEOPLE,
    scenarios: LINE_SCENARIOS,
    gatewaySide: (url) => `LINE_API_BASE_URL=${url} LINE_DATA_API_BASE_URL=${url}`,
    section: LINE_SECTION,
    create,
    addressed: (url) => ({ apiBaseUrl: url, dataApiBaseUrl: url }),
    simulate: ({ channelSecret: [channelSecret = ""], channelAccessToken, channelId }, outside) =>
      createLineSimulator({
        ...outside,
        channelSecret,
        // Without a token of its own the gateway asks for one, by its channel id.
        channelAccessToken: channelAccessToken ?? channelSecret,
        ...(channelId !== undefined && { channelId }),
        redelivery: { count: 5, intervalMs: 5_000 },
      }),
    commands: lineCommands,
    views: lineViews,
    actions,
  });
}

function actions(simulator: LineSimulator): Pick<SimulatorActions, "openConversation" | "fault" | "redelivered"> {
  let people = 0;
  return {
    async openConversation(route) {
      people += 1;
      const peerId = `Uperson${people}`;
      const { eventId, replyToken } = await simulator.person(peerId).says("hello", { lost: true });
      await simulator.redeliver(eventId);
      return { peerId, token: route === "reply" ? replyToken : null };
    },
    fault: (route, fault) => simulator.faults.next(route === "reply" ? "reply" : "push", fault),
    async redelivered() {
      const { eventId, webhook } = await simulator.person("Uperson").says("is anybody there?");
      const second = await simulator.redeliver(eventId);
      return { first: webhook.body, second: second?.body ?? "" };
    },
  };
}
