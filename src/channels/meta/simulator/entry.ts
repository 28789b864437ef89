import type { Fault } from "../../simulation/faults.ts";
import type { SimulatorActions } from "../../simulation/platform.ts";
import type { PostOptions } from "../../simulation/webhooks.ts";
import type { WebhookRecord } from "./webhooks.ts";

/** Common interface of the simulators of Meta's platforms. */
interface MetaSimulator {
  readonly faults: { next(route: "send", fault: Fault): void };
  person(peerId: string): { says(text: string, options?: PostOptions): Promise<{ readonly webhook: WebhookRecord }> };
  repeat(webhookId: number): Promise<WebhookRecord | null>;
}

/** What an entry of either says alike. */
export const META_ENTRY = {
  routes: ["session"],
  signatureHeader: "x-hub-signature-256",
  marksCopies: false,
  gatewaySide: (url: string) => `META_GRAPH_BASE_URL=${url}`,
  addressed: (graphBaseUrl: string) => ({ graphBaseUrl }),
  actions: metaActions,
} as const;

function metaActions(simulator: MetaSimulator): Pick<SimulatorActions, "openConversation" | "fault" | "redelivered"> {
  let people = 0;
  return {
    async openConversation() {
      people += 1;
      const peerId = `2000000000${people}`;
      await simulator.person(peerId).says("hello", { lost: true });
      return { peerId, token: null };
    },
    fault: (_route, fault) => simulator.faults.next("send", fault),
    async redelivered() {
      const { webhook } = await simulator.person("20000000000").says("is anybody there?");
      const second = await simulator.repeat(webhook.webhookId);
      return { first: webhook.body, second: second?.body ?? "" };
    },
  };
}
