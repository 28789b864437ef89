import { Misconfigured } from "../../../core/errors.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { Channel } from "../../channel.ts";
import type { SimulatorEntry, SimulatorModel, Verbs } from "../../simulation/platform.ts";
import { type MessengerOptions, messengerFromEnvironment } from "../config.ts";
import { createMessengerSimulator, type MessengerSimulator } from "../simulator.ts";
import { messengerCommands, messengerViews } from "./control.ts";

const VARIABLES = {
  MESSENGER_APP_SECRET: "app-secret",
  MESSENGER_PAGE_ACCESS_TOKEN: "page-token",
  MESSENGER_VERIFY_TOKEN: "verify-token",
  MESSENGER_PAGE_ID: "100000000000001",
} as const;

/** How Messenger's simulator is put up by whoever knows only its name. */
export function messengerSimulatorEntry(
  create: (options: MessengerOptions, seams: { readonly clock: Clock }) => Channel,
): SimulatorEntry {
  return {
    title: "Messenger",
    routes: ["session"],
    signatureHeader: "x-hub-signature-256",
    marksCopies: false,
    noRepeat: "Messenger takes no idempotency key: only an echo tells",
    variables: VARIABLES,
    set(env) {
      const options = messengerFromEnvironment(env);
      const appSecret = options?.appSecret[0];
      if (options === null || appSecret === undefined) {
        throw new Misconfigured(`set ${Object.keys(VARIABLES).join(", ")}: any values, the same as the gateway's`);
      }
      const { pageAccessToken, pageId } = options;
      return (outside): SimulatorModel => {
        const platform = createMessengerSimulator({ ...outside, appSecret, pageAccessToken, pageId });
        const verbs = verbsOf(platform, (graphBaseUrl, clock) => create({ ...options, graphBaseUrl }, { clock }));
        return { platform, commands: messengerCommands(platform), views: messengerViews(platform), verbs };
      };
    },
    describe: ({ url, webhookUrl }) => [
      `Messenger is simulated at ${url}; its webhooks go to ${webhookUrl}`,
      `the gateway's side: META_GRAPH_BASE_URL=${url}`,
      `speak as a person: curl -d '{"peerId":"somebody","text":"hi"}' ${url}/_simulator/says`,
      `look at the screen: curl ${url}/_simulator/seen/somebody`,
    ],
  };
}

function verbsOf(simulator: MessengerSimulator, channelAt: Verbs["channelAt"]): Verbs {
  let people = 0;
  return {
    channelAt,
    async openConversation() {
      people += 1;
      const peerId = `2000000000${people}`;
      await simulator.person(peerId).says("hello", { lost: true });
      return { peerId, token: null };
    },
    async says(peerId, text) {
      const { webhook } = await simulator.person(peerId).says(text);
      return String(webhook.status ?? webhook.result);
    },
    fault: (_route, fault) => simulator.faults.next("send", fault),
    callCount: () => simulator.calls.length,
    seenBy: (peerId) => simulator.seenBy(peerId).map((bubble) => bubble.text ?? ""),
    async redelivered() {
      const { webhook } = await simulator.person("20000000000").says("is anybody there?");
      const second = await simulator.repeat(webhook.webhookId);
      return { first: webhook.body, second: second?.body ?? "" };
    },
  };
}
