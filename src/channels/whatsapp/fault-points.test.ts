/**
 * Goal: wherever a process dies, stalls or loses an answer, people see at most one copy of everything under `hold`, at
 * most one more under `resend`, and what they don't see is shown as unknown: nothing is lost in silence.
 * Method: `test/support/faults/without-retry-key.ts`, against WhatsApp's simulator.
 */
import { faultPointsWithoutRetryKey } from "../../../test/support/faults/without-retry-key.ts";
import { whatsapp } from "./index.ts";
import { createWhatsAppSimulator } from "./simulator.ts";

const SOMEBODY = "15550001111";

faultPointsWithoutRetryKey(({ clock, deliver, ...rest }) => {
  const simulator = createWhatsAppSimulator({
    ...rest,
    clock,
    appSecret: "secret",
    accessToken: "token",
    deliver: (body, headers) => deliver("/webhook/whatsapp", body, headers),
  });
  const transport = simulator.transport({ clock, sendTimeoutMs: 10_000 });
  return {
    channel: () => whatsapp(simulator.channelOptions("http://graph.invalid"), { clock, transport }),
    says: (text) => void simulator.person(SOMEBODY).says(text),
    seen: () => simulator.seenBy(SOMEBODY).map(({ text }) => text),
    close: () => simulator.close(),
  };
});
