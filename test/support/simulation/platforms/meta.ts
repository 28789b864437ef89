/** What Meta's platforms have in common for a seed: bodies of several accounts, a network that is late, days that pass. */

import type { Channel } from "../../../../src/channels/channel.ts";
import { escapedJson, signBody, type WebhookRecord } from "../../../../src/channels/meta/simulator/webhooks.ts";
import type { Fault } from "../../../../src/channels/simulator/faults.ts";
import type { PostTransport } from "../../../../src/channels/transport.ts";
import { type Clock, pause } from "../../../../src/runtime/clock.ts";
import { LOCAL_ACCOUNTS } from "../local-fault.ts";
import { type Act, faultOf, SHARED_TROUBLES, type Trouble } from "../script.ts";
import type { Prng } from "../seeded-prng.ts";
import type { PlatformParts, SeedPlatform, Sent } from "./platform.ts";

export const APP_SECRET = "secret";
export const ACCESS_TOKEN = "token";
export const DAY_MS = 86_400_000;

/** What happens to receipts, in a run or from some moment on. */
export const FLOWS = {
  soon: { isOff: false, delayMs: 150, jitterMs: 0, loss: 0, twice: 0, readAfterMs: null },
  /** Before the answer to the call that they are about, and then some twice. */
  "at once": { isOff: false, delayMs: 0, jitterMs: 0, loss: 0, twice: 0.2, readAfterMs: 300 },
  /** Many come when nobody waits for them any more, and overtake each other. */
  late: { isOff: false, delayMs: 1_000, jitterMs: 9_000, loss: 0, twice: 0.2, readAfterMs: 400 },
  lossy: { isOff: false, delayMs: 200, jitterMs: 800, loss: 0.4, twice: 0.1, readAfterMs: 500 },
  none: { isOff: true, delayMs: 200, jitterMs: 0, loss: 0, twice: 0, readAfterMs: null },
} as const;

type FlowName = keyof typeof FLOWS;
const FLOW_NAMES = Object.keys(FLOWS) as [FlowName, ...FlowName[]];

export function drawFlow(draw: Prng): FlowName {
  return draw.pick(FLOW_NAMES);
}

/** Troubles of any of Meta's platforms; `codes`: with which the API refuses, as `status code`. */
export function metaTroubles(codes: readonly [string, ...string[]]): readonly Trouble[] {
  const refusal = (draw: Prng): Act => {
    const [status = "400", message = ""] = draw.pick(codes).split(" ");
    return { do: "platform", route: "send", fault: { at: "before-accept", how: Number(status), message } };
  };
  return [
    [0.6, (draw) => ({ do: "platform", route: "send", fault: metaFaultOf(draw) })],
    [0.4, refusal],
    // One call after another is taken and not answered: also the second try of what was unknown.
    [0.15, () => ({ do: "platform", route: "send", fault: { at: "after-accept", how: "disconnect", times: 3 } })],
    [0.3, (draw) => ({ do: "own", what: `receipts: ${drawFlow(draw)}`, person: 0, code: 0 })],
    // The window closes, and what is late comes days late.
    [0.3, (draw) => ({ do: "days pass", days: draw.pick([1, 1, 2, 3, 7]) })],
    ...SHARED_TROUBLES,
  ];
}

/** An unknown error says nothing of what was done before it (Graph API: error 1). */
function metaFaultOf(draw: Prng): Fault {
  const fault = faultOf(draw);
  const isUnknownError = fault.at === "after-accept" && draw.happens(0.25);
  return isUnknownError ? { at: "after-accept", how: 500, message: "1" } : fault;
}

export interface MetaScene {
  /** The platform's own clock: days go by for it as for everybody. */
  readonly clock: Clock;
  readonly accounts: readonly string[];
  /** Waits before further copies of a webhook that was not taken, in ms. */
  readonly retryDelaysMs: readonly number[];
  /** Which of our accounts a chat is with, and which person's it is: some write to several accounts. */
  placeOf(chat: number): { readonly account: number; readonly person: number };
  /** The copy that leaves next is this late, in ms. */
  hold(ms: number): void;
  deliver(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<number>;
  passDays(days: number): void;
}

export function metaScene(
  parts: PlatformParts,
  path: string,
  retries: readonly [readonly number[], ...(readonly number[])[]],
): MetaScene {
  const { prng, chats, clock } = parts;
  const hasTwo = chats.length > 1 && prng.happens(0.6);
  const accounts = hasTwo || parts.isLocal ? LOCAL_ACCOUNTS : ["first"];
  const areShared = prng.happens(0.5) && !parts.isLocal;
  const retryDelaysMs = prng.pick(retries);
  const bodies = new Bodies(clock, prng.pick([0, 0, 120]), (body, headers) => parts.deliver(path, body, headers));
  let aheadMs = 0;
  let heldMs = 0;
  return {
    clock: {
      now: () => clock.now() + aheadMs,
      wall: () => clock.wall() + aheadMs,
      after: (delayMs, fire) => clock.after(delayMs, fire),
    },
    accounts,
    retryDelaysMs,
    placeOf: (chat) => {
      const account = chat % accounts.length;
      return { account, person: areShared ? Math.floor(chat / accounts.length) : chat };
    },
    hold: (ms) => {
      heldMs = ms;
    },
    async deliver(body, headers) {
      const waitMs = heldMs;
      heldMs = 0;
      if (waitMs > 0) await pause(clock, waitMs);
      return await bodies.post(body, headers);
    },
    passDays: (days) => {
      aheadMs += days * DAY_MS;
    },
  };
}

interface Waiting {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly settle: PromiseWithResolvers<number>;
}

interface Envelope {
  readonly object: string;
  readonly entry: readonly unknown[];
}

/** What leaves within a short time goes in one body, whichever of an app's accounts it is for. */
class Bodies {
  readonly #clock: Clock;
  readonly #coalesceMs: number;
  readonly #deliver: MetaScene["deliver"];
  #waiting: Waiting[] = [];

  constructor(clock: Clock, coalesceMs: number, deliver: MetaScene["deliver"]) {
    this.#clock = clock;
    this.#coalesceMs = coalesceMs;
    this.#deliver = deliver;
  }

  post(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<number> {
    if (this.#coalesceMs === 0) return this.#deliver(body, headers);
    const settle = Promise.withResolvers<number>();
    this.#waiting.push({ body, headers, settle });
    if (this.#waiting.length === 1) this.#clock.after(this.#coalesceMs, () => this.#flush());
    return settle.promise;
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const envelopes = waiting.map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as Envelope);
    const merged = { object: envelopes[0]?.object ?? "", entry: envelopes.flatMap(({ entry }) => entry) };
    const bytes = new TextEncoder().encode(escapedJson(merged));
    this.#deliver(bytes, signBody(APP_SECRET, bytes)).then(
      (status) => {
        for (const { settle } of waiting) settle.resolve(status);
      },
      (error: unknown) => {
        for (const { settle } of waiting) settle.reject(error);
      },
    );
  }
}

/** What `speak` gives back of a webhook that has just been made. */
export function sentIn(
  record: WebhookRecord | undefined,
  eventId: string,
  repeat: (webhookId: number) => Promise<unknown>,
): Sent {
  const webhookId = record?.webhookId ?? 0;
  return { eventId, token: "", copy: () => void repeat(webhookId), unsend: null };
}

interface Simulated extends Counted {
  readonly faults: {
    next(route: "send", fault: Fault): void;
    ofPeer(faultOf: (peerId: string) => Fault | null): void;
    clear(): void;
  };
  readonly webhooks: readonly WebhookRecord[];
  idle(): Promise<void>;
  close(): void;
}

type Shared =
  | "copiesMost"
  | "kindOf"
  | "fault"
  | "faultsOf"
  | "quota"
  | "passDays"
  | "calm"
  | "lastWord"
  | "idle"
  | "close"
  | "evidence"
  | "broken";

/** What is the same for every account of Meta's: no kinds of chats, no quota, and the accounts' simulators all at once. */
export function metaPlatform(
  { clock, prng }: PlatformParts,
  scene: MetaScene,
  simulators: readonly Simulated[],
  chatWith: (account: number, peerId: string) => number,
): Pick<SeedPlatform, Shared> {
  return {
    copiesMost: 2,
    kindOf: () => "user",
    fault: (_, fault) => prng.pick([simulators[0], ...simulators])?.faults.next("send", fault),
    faultsOf: (faultOf) => {
      for (const [account, { faults }] of simulators.entries())
        faults.ofPeer((peerId) => faultOf(chatWith(account, peerId)));
    },
    quota: () => undefined,
    passDays: (days) => scene.passDays(days),
    calm: () => {
      for (const { faults } of simulators) faults.clear();
    },
    lastWord: () => undefined,
    idle: async () => {
      await Promise.all(simulators.map((simulator) => simulator.idle()));
    },
    close: () => {
      for (const simulator of simulators) simulator.close();
    },
    evidence: () => [clock.now(), simulators.map(({ calls, webhooks }) => [calls, webhooks])],
    broken: () => [],
  };
}

interface Called<Options> {
  channelOptions(graphBaseUrl: string): Options;
  transport(options: { clock: Clock; sendTimeoutMs: number }): PostTransport;
}

/** Our side of each account, with these options of the run's own. */
export function metaChannels<Options extends object>(
  simulators: readonly Called<Options>[],
  { scene, sendTimeoutMs, set = {} }: { scene: MetaScene; sendTimeoutMs: number; set?: Partial<Options> },
  create: (options: Options, seams: { clock: Clock; transport: PostTransport }) => Channel,
): SeedPlatform["channels"] {
  return ({ clock, wrap }) =>
    simulators.map((simulator, index) => {
      const options = { ...simulator.channelOptions("https://graph.invalid"), sendTimeoutMs, ...set };
      const transport = wrap(simulator.transport({ clock, sendTimeoutMs }));
      return create({ ...options, account: scene.accounts[index] ?? "" }, { clock, transport });
    });
}

interface Counted {
  readonly calls: readonly { readonly body: string; readonly accepted: boolean }[];
}

/** Accepted messages that carried that delivery's id, less those that are on a screen. */
export function failedOf(simulators: readonly Counted[], deliveryId: string, seen: number): number {
  const accepted = simulators
    .flatMap(({ calls }) => calls)
    .filter((call) => call.accepted && call.body.includes(deliveryId));
  return accepted.length - seen;
}
