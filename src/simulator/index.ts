/** Platform simulators for the tests of your bot: `import { startLine } from "turnpike/simulator"`. */
export type {
  ApiCall,
  Bubble,
  LineEvent,
  LineSimulator,
  LineSimulatorOptions,
  LineSource,
  WebhookRecord,
} from "../channels/line/simulator.ts";
export { createLineSimulator } from "../channels/line/simulator.ts";
export type { Fault, FaultAnswer } from "../channels/simulation/faults.ts";
export type {
  DeliverWebhook,
  PlatformAnswer,
  PlatformRequest,
  PlatformResult,
} from "../channels/simulation/platform.ts";
export type {
  Bubble as WhatsAppBubble,
  SimulatedClient as WhatsAppPerson,
  WhatsAppSimulator,
  WhatsAppSimulatorOptions,
} from "../channels/whatsapp/simulator.ts";
export { createWhatsAppSimulator } from "../channels/whatsapp/simulator.ts";
export { type Clock, systemClock } from "../runtime/clock.ts";
export { type Random, systemRandom } from "../runtime/random.ts";
export { type RunningSimulator, startSimulator } from "./registry.ts";
export {
  type LineHostOptions,
  type RunningLine,
  type RunningWhatsApp,
  startLine,
  startWhatsApp,
  type WhatsAppHostOptions,
} from "./server.ts";
