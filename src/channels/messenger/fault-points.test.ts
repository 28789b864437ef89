/**
 * Goal: wherever a process dies, stalls or loses an answer, people see at most one copy of everything under `hold`, at
 * most one more under `resend`, and what they don't see is shown as unknown: nothing is lost in silence.
 * Method: `test/support/faults/without-retry-key.ts`, against Messenger's simulator.
 */
import { faultPointsWithoutRetryKey } from "../../../test/support/faults/without-retry-key.ts";
import { messenger } from "./index.ts";
import { createMessengerSimulator } from "./simulator.ts";

const SOMEBODY = "P1";

faultPointsWithoutRetryKey(({ clock, deliver, ...rest }) => {
  const simulator = createMessengerSimulator({
    ...rest,
    clock,
    appSecret: "secret",
    accessToken: "token",
    pageId: "100000000000001",
    deliver: (body, headers) => deliver("/webhook/messenger", body, headers),
  });
  const transport = simulator.transport({ clock, sendTimeoutMs: 10_000 });
  return {
    channel: () => messenger(simulator.channelOptions("http://graph.invalid"), { clock, transport }),
    says: (text) => void simulator.person(SOMEBODY).says(text),
    seen: () => simulator.seenBy(SOMEBODY).map(({ text }) => text),
    close: () => simulator.close(),
  };
});
