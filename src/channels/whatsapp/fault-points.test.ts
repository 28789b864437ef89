/**
 * Goal: wherever a process dies, stalls or loses an answer, people see at most one copy of each message under `hold`, at
 * most one more under `resend`, and what they don't seeis shown as unknown: nothing is lost silently.
 * Method: `test/support/faults/without-retry-key.ts`, against WhatsApp's simulator.
 */
import { faultPointsWithoutRetryKey } from "../../../test/support/faults/without-retry-key.ts";
import { whatsapp } from "./index.ts";
import { createWhatsAppSimulator } from "./simulator.ts";

const named = (person: number) => `1555000111${person + 1}`;

faultPointsWithoutRetryKey(({ clock, deliver, receiptDelayMs, ...rest }) => {
  const simulator = createWhatsAppSimulator({
    ...rest,
    clock,
    statuses: { delayMs: receiptDelayMs },
    appSecret: "secret",
    accessToken: "token",
    deliver: (body, headers) => deliver("/webhook/whatsapp", body, headers),
  });
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: 10_000 });
  return {
    channel: () => whatsapp(simulator.channelOptions("http://graph.invalid"), { clock, platformClient }),
    says: (person, text) => void simulator.person(named(person)).says(text),
    repeats: () => void simulator.repeat(1),
    fault: (fault) => simulator.faults.next("send", fault),
    seen: (person) => simulator.seenBy(named(person)).map(({ text }) => text),
    close: () => simulator.close(),
  };
});
