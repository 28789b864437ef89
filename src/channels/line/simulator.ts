import type { Faults } from "../simulation/faults.ts";
import { assembleSimulator, type Simulator } from "../simulation/world.ts";
import type { LineOptions } from "./config.ts";
import { handleApiCall } from "./simulator/api.ts";
import {
  createSimulatedClient,
  type Gathering,
  gathering,
  type Side,
  type SimulatedClient,
} from "./simulator/client.ts";
import { createEvents, type LineEvent, type LineEvents } from "./simulator/events.ts";
import { type LinePostOptions, type WebhookRecord, Webhooks } from "./simulator/webhooks.ts";
import {
  type ApiCall,
  type Bubble,
  createWorld,
  expireReplyTokens,
  type FaultRoute,
  type KnownPeer,
  knownPeers,
  type LineSimulatorOptions,
  loadingUntil,
  resetWorld,
  type StoredContent,
  type World,
} from "./simulator/world.ts";

export type { PostedEvent, SimulatedClient } from "./simulator/client.ts";
export type { LineEvent, LineSource } from "./simulator/events.ts";
export type { WebhookRecord } from "./simulator/webhooks.ts";
export type { ApiCall, Bubble, FaultRoute, LineSimulatorOptions, StoredContent } from "./simulator/world.ts";

/** LINE's side of the wire. Deterministic: time and randomness come from the outside, and nothing touches a socket. */
export interface LineSimulator extends Simulator<Bubble, ApiCall, FaultRoute, WebhookRecord> {
  readonly botUserId: string;
  /** In a one-to-one chat. */
  person(userId: string): SimulatedClient;
  /** Members beside those who write: a push to a group is counted for each. */
  group(groupId: string, members?: readonly string[]): Gathering;
  room(roomId: string, members?: readonly string[]): Gathering;
  /** Builds events for `post`. */
  readonly events: LineEvents;
  /** One webhook with all of these; an empty list is the console's test of the endpoint. */
  post(events: readonly LineEvent[], options?: LinePostOptions): Promise<WebhookRecord>;
  /**
   * The body that event came in, once more: marked as redelivered, or (`isRedelivery: false`) an exact duplicate, as
   * a network can make one. Resolves with `null` when there is no such event.
   */
  redeliver(eventId: string, options?: { readonly isRedelivery?: boolean }): Promise<WebhookRecord | null>;
  /** What stands on that person's, group's or room's screen from the bot, in order. */
  seenBy(peerId: string): readonly Bubble[];
  membersOf(peerId: string): ReadonlySet<string>;
  /** Typing indicators and reads: loading animation, read marks, quota, members, the bot's own entry. */
  readonly besideCalls: readonly ApiCall[];
  /** Faults of those. */
  readonly besideFaults: Faults<"beside">;
  isLoading(userId: string): boolean;
  readonly readCount: number;
  /** Ids of people's messages that are marked as read. */
  readonly readMessages: readonly string[];
  /** Everybody who was named so far, and every group and room. */
  readonly people: readonly KnownPeer[];
  /** Life of a reply token from its newest copy's delivery, in ms. May be set at any time, for tokens issued before as well. */
  tokenLifeMs: number;
  /** Unspent reply tokens are refused from now on: all, or those of one peer. Returns how many there were. */
  expireReplyTokens(peerId?: string): number;
  /** Changes what is kept of a picture, film, sound or file, by the message's id. */
  keeps(messageId: string, content: Partial<StoredContent>): void;
  /** Issued channel access tokens are good no more. */
  revokeTokens(): void;
  /** Paid messages of this month. A test may set the limit. */
  readonly quota: { limit: number | null; readonly used: number };
  /** The console's switch "Use webhook", as the API tells of it. Default true. */
  isWebhookOn: boolean;
  /** Options of a LINE channel that uses this simulator at that address. */
  channelOptions(apiBaseUrl: string): LineOptions;
}

export function createLineSimulator(options: LineSimulatorOptions): LineSimulator {
  const world = createWorld(options);
  const events = createEvents(world);
  const webhooks = new Webhooks(world);
  const post: Side["post"] = (...webhook) => webhooks.post(...webhook);
  const side = { world, events, post };
  const handle: LineSimulator["handle"] = (request) => handleApiCall(world, request, () => webhooks.test());
  return assembleSimulator(
    world,
    { webhooks, handle },
    {
      botUserId: world.botUserId,
      person: (userId) => createSimulatedClient(side, userId, { type: "user", userId }),
      group: (groupId, members = []) => gathering(side, { type: "group", groupId }, members),
      room: (roomId, members = []) => gathering(side, { type: "room", roomId }, members),
      events,
      post,
      redeliver: (eventId, { isRedelivery = true } = {}) => webhooks.redeliver(eventId, isRedelivery),
      seenBy: (peerId) => world.bubbles.filter((bubble) => bubble.peerId === peerId),
      screenOf: (peerId) => ({
        peerId,
        entries: world.screens.entries((one) => one === peerId, world.bubbles),
        typingUntil: loadingUntil(world, peerId),
        isBlocked: world.peers.get(peerId)?.blocked === true,
      }),
      membersOf: (peerId) => world.peers.get(peerId)?.members ?? new Set(),
      besideCalls: world.besideCalls,
      besideFaults: world.besideFaults,
      isLoading: (userId) => loadingUntil(world, userId) !== null,
      get readCount() {
        return world.readTokens.size;
      },
      keeps: (messageId, content) => keep(world, messageId, content),
      revokeTokens: () => world.issuedTokens.clear(),
      quota: world.quota,
      get readMessages() {
        return [...world.readTokens].map((token) => world.markAsReadTokens.get(token)?.messageId ?? "");
      },
      get people() {
        return knownPeers(world);
      },
      get tokenLifeMs() {
        return world.tokenLifeMs;
      },
      set tokenLifeMs(lifeMs) {
        world.tokenLifeMs = lifeMs;
      },
      expireReplyTokens: (peerId) => expireReplyTokens(world, peerId ?? null),
      reset: () => resetWorld(world),
      get isWebhookOn() {
        return world.isWebhookOn;
      },
      set isWebhookOn(isOn) {
        world.isWebhookOn = isOn;
      },
      channelOptions: (apiBaseUrl) => ({
        channelSecret: [options.channelSecret],
        channelAccessToken: options.channelAccessToken,
        apiBaseUrl,
        dataApiBaseUrl: apiBaseUrl,
      }),
    },
  );
}

function keep(world: World, messageId: string, content: Partial<StoredContent>): void {
  const kept = world.contents.get(messageId);
  const nothing: StoredContent = { type: "application/octet-stream", bytes: new Uint8Array(), state: "ready" };
  world.contents.set(messageId, { ...nothing, ...kept, ...content });
}
