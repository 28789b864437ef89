import { type Clock, pause } from "../../runtime/clock.ts";
import { MetaWebhooks, type PostOptions, type WebhookRecord } from "../meta/simulator/webhooks.ts";
import type { Faults } from "../simulation/faults.ts";
import type { SimulatedPlatform } from "../simulation/platform.ts";
import type { PostTransport } from "../transport.ts";
import type { WhatsAppOptions } from "./config.ts";
import { handleApiCall } from "./simulator/api.ts";
import { type Person, personAt } from "./simulator/people.ts";
import { Statuses } from "./simulator/statuses.ts";
import {
  type ApiCall,
  type Bubble,
  createWorld,
  DISPLAY_NUMBER,
  type SimulatedRoute,
  type StatusSettings,
  type WhatsAppSimulatorOptions,
  type World,
} from "./simulator/world.ts";

export type { Person, Posted } from "./simulator/people.ts";
export type { ApiCall, Bubble, StatusSettings, WhatsAppSimulatorOptions } from "./simulator/world.ts";

/** WhatsApp's side of the wire. Deterministic: time and randomness come from the outside, and nothing touches a socket. */
export interface WhatsAppSimulator extends SimulatedPlatform {
  readonly phoneNumberId: string;
  /** By number, or by user id for one who tells no number. They come into being when they are first named. */
  person(id: string): Person;
  /** A webhook with one change, as it stands: for what no method here makes. */
  post(field: string, value: Readonly<Record<string, unknown>>, options?: PostOptions): Promise<WebhookRecord>;
  /** The bytes of that webhook once more; `null` when there is none. */
  repeat(webhookId: number): Promise<WebhookRecord | null>;
  /** Faults of the API. A fault's `message` may name Graph's code: `131056`. */
  readonly faults: Faults<SimulatedRoute>;
  /** What becomes of the statuses; may be changed at any time. */
  readonly statuses: StatusSettings;
  /** The next accepted messages fail afterwards, each with the first of these codes; add to them, or take them away. */
  readonly failingCodes: number[];
  /** What stands on that person's or group's screen from us, in order, by the ids that it was sent to. */
  seenBy(...peerIds: readonly string[]): readonly Bubble[];
  /** Every API call, in the order they came. */
  readonly calls: readonly ApiCall[];
  /** Every copy of every webhook, in the order they left. */
  readonly webhooks: readonly WebhookRecord[];
  /** Messages of people that are marked as read. */
  readonly read: ReadonlySet<string>;
  webhookUrl: string | null;
  /** Resolves when no webhook is on its way and no copy or status is waiting. */
  idle(): Promise<void>;
  /** A transport from a channel to this simulator that needs no socket. */
  transport(options: { clock: Clock; sendTimeoutMs: number; isReachable?: () => boolean }): PostTransport;
  /** What a channel needs to talk to this simulator at that address. */
  channelOptions(graphBaseUrl: string): WhatsAppOptions;
}

export const VERIFY_TOKEN = "simulated-verify-token";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** "With decreasing frequency for up to 7 days" (Cloud API: Webhooks); how often, WhatsApp doesn't say. */
const RETRY_DELAYS_MS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  ...Array.from({ length: 6 }, () => 24 * HOUR),
];

export function createWhatsAppSimulator(options: WhatsAppSimulatorOptions): WhatsAppSimulator {
  const world = createWorld(options);
  const webhooks = new MetaWebhooks({
    clock: options.clock,
    random: options.random,
    appSecret: options.appSecret,
    deliver: options.deliver,
    timeoutMs: options.webhookTimeoutMs ?? 10 * SECOND,
    retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
    unsubscribeAfterMs: null,
  });
  const statuses = new Statuses(world);
  world.post = poster(world, webhooks);
  const side = { world, attachments: { world, links: new Map() }, accepted: statuses.accepted.bind(statuses) };
  return {
    phoneNumberId: world.phoneNumberId,
    person: (id) => personAt(world, id),
    post: (field, value, posting) => world.post(field, value, posting),
    repeat: (webhookId) => webhooks.repeat(webhookId),
    faults: world.faults,
    statuses: world.statuses,
    failingCodes: world.failingCodes,
    seenBy: (...peerIds) => world.bubbles.filter((bubble) => peerIds.some((peerId) => isTo(bubble, peerId))),
    calls: world.calls,
    webhooks: webhooks.records,
    read: world.read,
    get webhookUrl() {
      return world.webhookUrl;
    },
    set webhookUrl(url) {
      world.webhookUrl = url;
    },
    handle: (request) => handleApiCall(side, request),
    sign: (body) => webhooks.sign(body),
    idle: async () => {
      await statuses.idle();
      await webhooks.idle();
    },
    close: () => {
      world.closing.abort();
      statuses.close();
      webhooks.close();
    },
    transport: (options) => socketless((request) => handleApiCall(side, request), options),
    channelOptions: (graphBaseUrl) => ({
      appSecret: [options.appSecret],
      accessToken: options.accessToken,
      verifyToken: VERIFY_TOKEN,
      phoneNumberId: world.phoneNumberId,
      graphBaseUrl,
    }),
  };
}

function isTo(bubble: Bubble, peerId: string): boolean {
  return bubble.peerId.replace(/^\+/, "") === peerId.replace(/^\+/, "");
}

/** One change in an envelope of its own, posted at once or, with jitter, a little later than it was made. */
function poster(world: World, webhooks: MetaWebhooks): World["post"] {
  const { options, clock, phoneNumberId, closing } = world;
  return async (field, value, posting) => {
    const metadata = { display_phone_number: DISPLAY_NUMBER, phone_number_id: phoneNumberId };
    const change = { field, value: { messaging_product: "whatsapp", metadata, ...value } };
    const { jitterMs = 0 } = options;
    if (jitterMs > 0) await pause(clock, Math.floor(options.random.fraction() * jitterMs), closing.signal);
    return await webhooks.post(
      { object: "whatsapp_business_account", entry: [{ id: WABA_ID, changes: [change] }] },
      posting,
    );
  };
}

const WABA_ID = "102290000000001";

type Handle = SimulatedPlatform["handle"];

function socketless(
  handle: Handle,
  { clock, sendTimeoutMs, isReachable = () => true }: Parameters<WhatsAppSimulator["transport"]>[0],
): PostTransport {
  return {
    async post(path, headers, body) {
      if (!isReachable()) return { reached: { phase: "not-sent", reason: "connection refused" }, headers: new Map() };
      const late = new AbortController();
      const request = { method: "POST", path, headers, body: new TextEncoder().encode(body) };
      const result = await Promise.race([
        handle(request),
        pause(clock, sendTimeoutMs, late.signal).then(() => "late" as const),
      ]);
      late.abort();
      if (result === "disconnect" || result === "late") {
        return { reached: { phase: "sent", reason: `no answer: ${result}` }, headers: new Map() };
      }
      return {
        reached: { phase: "answered", status: result.status, body: result.body, retryAfterMs: 0 },
        headers: new Map(Object.entries(result.headers)),
      };
    },
    close: async () => {},
  };
}
