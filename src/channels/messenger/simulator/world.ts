import type { Clock } from "../../../runtime/clock.ts";
import type { Random } from "../../../runtime/random.ts";
import { MetaWebhooks } from "../../meta/simulator/webhooks.ts";
import { Faults } from "../../simulation/faults.ts";
import type { DeliverWebhook } from "../../simulation/platform.ts";

export interface MessengerSimulatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly deliver: DeliverWebhook;
  readonly appSecret: string;
  readonly pageAccessToken: string;
  readonly pageId: string;
  /** Default 1517776481860111. */
  readonly appId?: number;
  readonly webhookUrl?: string | null;
  /** Waits before copies 2, 3, … of a webhook that wasn't answered with 200 (ms). Default: three, at once. */
  readonly retryDelaysMs?: readonly number[];
  /** How long an answer to a webhook may take (ms). Default 5 000. */
  readonly timeoutMs?: number;
  /** Whether the page's app is subscribed to `message_echoes`. Default true. */
  readonly echoes?: boolean;
  /** Whether each message is reported as delivered at once. Default true. */
  readonly deliveries?: boolean;
  /** When, and whether, echoes and marks come. Default: each at once, and no read marks. */
  readonly receipts?: Partial<ReceiptSettings>;
  /** Stickers as two attachments, as until 2026-08-30. Default false. */
  readonly oldStickers?: boolean;
  /** Calls without `appsecret_proof` are refused. Default false. */
  readonly requireProof?: boolean;
}

/** What becomes of the echoes and marks of accepted messages. */
export interface ReceiptSettings {
  /** None is sent at all. */
  isOff: boolean;
  /** After the message was accepted, in ms. Default 0. */
  delayMs: number;
  /** The person reads it so long after that (ms); `null`, the default: not at all. */
  readAfterMs: number | null;
  /** Of each, how probably it is lost. Default 0. */
  loss: number;
  /** Each comes up to this much later (ms), so that they overtake each other. Default 0. */
  jitterMs: number;
  /** How probably each comes twice. Default 0. */
  twice: number;
}

/** What one person saw. */
export interface Bubble {
  readonly at: number;
  readonly peerId: string;
  /** `null` for what isn't a text. */
  readonly text: string | null;
  readonly message: Readonly<Record<string, unknown>>;
  readonly messageId: string;
  readonly metadata: string | null;
}

export interface ApiCall {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** What went back; `null` while it has not. */
  readonly status: number | "disconnect" | null;
  readonly response: string | null;
  /** This call's message was accepted by it, whatever went back. */
  readonly accepted: boolean;
}

export interface Person {
  readonly psid: string;
  /** When they last did something that opens the window; `null`: never. */
  lastActAt: number | null;
  blocked: boolean;
  /** Another app has the conversation. */
  isElsewhere: boolean;
  /** The page is shown as typing, or as having seen it. */
  readonly signs: string[];
}

/** Everything that Messenger knows. The two sides of the wire, webhooks and API, work on it. */
export interface World {
  readonly options: MessengerSimulatorOptions;
  readonly clock: Clock;
  readonly appId: number;
  readonly people: Map<string, Person>;
  readonly bubbles: Bubble[];
  readonly calls: ApiCall[];
  readonly webhooks: MetaWebhooks;
  readonly faults: Faults<"send">;
  readonly receipts: ReceiptSettings;
  /** Tells the app of a message that was accepted. Set by whoever sends. */
  report: (bubble: Bubble) => void;
  /** Echoes of the next so many messages never come. */
  lostEchoes: number;
  /** Aborted when the simulator is closed: what waits for a time stops waiting. */
  readonly closing: AbortController;
  webhookUrl: string | null;
  readonly newId: (prefix: string) => string;
}

/** Messenger: "we will immediately try a few more times" and "after 1 hour of failing the app is unsubscribed". */
const RETRY_DELAYS_MS = [0, 0, 0];
const UNSUBSCRIBE_AFTER_MS = 60 * 60_000;

export function createWorld(options: MessengerSimulatorOptions): World {
  const { clock, random } = options;
  let count = 0;
  return {
    options,
    clock,
    appId: options.appId ?? 1_517_776_481_860_111,
    people: new Map(),
    bubbles: [],
    calls: [],
    webhooks: new MetaWebhooks({
      clock,
      random,
      appSecret: options.appSecret,
      deliver: options.deliver,
      timeoutMs: options.timeoutMs ?? 5_000,
      retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
      unsubscribeAfterMs: UNSUBSCRIBE_AFTER_MS,
    }),
    faults: new Faults(),
    receipts: { isOff: false, delayMs: 0, readAfterMs: null, loss: 0, jitterMs: 0, twice: 0, ...options.receipts },
    report: () => {
      throw new Error("nobody sends receipts yet");
    },
    lostEchoes: 0,
    closing: new AbortController(),
    webhookUrl: options.webhookUrl ?? null,
    newId: (prefix) => {
      count += 1;
      return `${prefix}${Math.floor(random.fraction() * 0x7fffffff).toString(36)}${String(count).padStart(6, "0")}`;
    },
  };
}

export function findOrAddPerson(world: World, psid: string): Person {
  const known = world.people.get(psid);
  if (known !== undefined) return known;
  const person: Person = { psid, lastActAt: null, blocked: false, isElsewhere: false, signs: [] };
  world.people.set(psid, person);
  return person;
}
