import type { Faults } from "../simulator/faults.ts";
import { type Simulator, simulatorOf } from "../simulator/world.ts";
import type { LineOptions } from "./config.ts";
import { handleApiCall } from "./simulator/api.ts";
import { createEvents, type LineEvent, type LineEvents, type LineSource, peerIdOf } from "./simulator/events.ts";
import { type PostOptions, type WebhookRecord, Webhooks } from "./simulator/webhooks.ts";
import {
  type ApiCall,
  type Bubble,
  type Content,
  createWorld,
  expireReplyTokens,
  type FaultRoute,
  findOrAddPeer,
  type KnownPeer,
  knownPeers,
  type LineSimulatorOptions,
  resetWorld,
  type World,
} from "./simulator/world.ts";

export type { LineEvent, LineSource } from "./simulator/events.ts";
export type { WebhookRecord } from "./simulator/webhooks.ts";
export type { ApiCall, Bubble, Content, FaultRoute, LineSimulatorOptions } from "./simulator/world.ts";

/** A posted webhook, with the result of its first copy. */
export interface Posted {
  readonly eventId: string;
  /** `null` for what isn't a message. */
  readonly messageId: string | null;
  readonly replyToken: string | null;
  readonly webhook: WebhookRecord;
}

/** A person on LINE. Each method posts one webhook and resolves when it was answered, or failed. */
export interface SimulatedClient {
  says(text: string, options?: ActOptions): Promise<Posted>;
  /** Any other message: `{ type: "sticker", packageId: "1", … }`. */
  sends(message: Readonly<Record<string, unknown>>, options?: ActOptions): Promise<Posted>;
  /**
   * Images sent at once, each in a webhook of its own: by their numbers in the set, in the order in which LINE posts them
   * (`[3, 1, 2]`). `total`: how many the set has, if some come later. Resolves to their webhooks in that order.
   */
  sendsImages(order: readonly number[], options?: ActOptions): Promise<readonly Posted[]>;
  /** A tap on a button with postback data. */
  taps(data: string, options?: ActOptions): Promise<Posted>;
  /** Changes a message; LINE tells of it in groups only. */
  edits(messageId: string, text: string, options?: ActOptions): Promise<Posted>;
  unsends(messageId: string, options?: ActOptions): Promise<Posted>;
  /** Adds the bot as a friend, or lets it in again. */
  follows(options?: ActOptions): Promise<Posted>;
  /** Blocks the bot: what it sends is accepted, not shown and not counted. */
  blocks(options?: ActOptions): Promise<Posted>;
}

interface ActOptions extends PostOptions {
  /** Another module holds the chat: the event is for information and carries no reply token. Default false. */
  readonly standby?: boolean;
  /** Whom a group's text mentions, in front of it: the bot, everybody, or a member. Default: nobody. */
  readonly mentions?: readonly ("bot" | "all" | { readonly userId: string })[];
}

/** A group or a room. */
interface Gathering {
  person(userId: string): SimulatedClient;
  /** The bot is invited. */
  invites(options?: ActOptions): Promise<Posted>;
  /** The bot is thrown out. */
  removes(options?: ActOptions): Promise<Posted>;
  /** Others come or go. */
  memberJoins(userId: string, options?: ActOptions): Promise<Posted>;
  memberLeaves(userId: string, options?: ActOptions): Promise<Posted>;
}

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
  post(events: readonly LineEvent[], options?: PostOptions): Promise<WebhookRecord>;
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
  keeps(messageId: string, content: Partial<Content>): void;
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
  return simulatorOf(
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
      membersOf: (peerId) => world.peers.get(peerId)?.members ?? new Set(),
      besideCalls: world.besideCalls,
      besideFaults: world.besideFaults,
      isLoading: (userId) => (world.loading.get(userId) ?? 0) > world.clock.now(),
      get readCount() {
        return world.readTokens.size;
      },
      keeps: (messageId, content) => keep(world, messageId, content),
      revokeTokens: () => world.issuedTokens.clear(),
      quota: world.quota,
      get readMessages() {
        return [...world.readTokens].map((token) => world.markAsReadTokens.get(token) ?? "");
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

interface Side {
  readonly world: World;
  readonly events: LineEvents;
  readonly post: (events: readonly LineEvent[], options?: PostOptions) => Promise<WebhookRecord>;
}

function createSimulatedClient({ world, events, post }: Side, userId: string, source: LineSource): SimulatedClient {
  const peer = findOrAddPeer(world, userId, "user");
  findOrAddPeer(world, peerIdOf(source), source.type).members.add(userId);
  // Friends are made and lost in the one-to-one chat, wherever the person writes.
  const alone = { type: "user", userId } as const;
  const send = (event: LineEvent, options?: ActOptions) => postOne(post, event, options);
  return {
    says: (text, options) => send(events.text(source, text, {}, options?.mentions), options),
    edits: (messageId, text, options) => send(events.messageEdited(source, messageId, text), options),
    sends: (message, options) => send(events.message(source, message), options),
    sendsImages: async (order, options) => {
      const images = events.imageSet(source, order.length);
      const posted: Posted[] = [];
      for (const number of order) {
        const image = images[number - 1];
        if (image !== undefined) posted.push(await send(image, options));
      }
      return posted;
    },
    taps: (data, options) => send(events.postback(source, data), options),
    unsends: (messageId, options) => send(events.unsend(source, messageId), options),
    follows: (options) => {
      const isUnblocked = peer.blocked;
      peer.blocked = false;
      return send(events.follow(alone, isUnblocked), options);
    },
    blocks: (options) => {
      peer.blocked = true;
      return send(events.unfollow(alone), options);
    },
  };
}

function keep(world: World, messageId: string, content: Partial<Content>): void {
  const kept = world.contents.get(messageId);
  const nothing: Content = { type: "application/octet-stream", bytes: new Uint8Array(), state: "ready" };
  world.contents.set(messageId, { ...nothing, ...kept, ...content });
}

type GatheringSource = Exclude<LineSource, { type: "user" }>;

function gathering(side: Side, source: GatheringSource, members: readonly string[]): Gathering {
  const peer = findOrAddPeer(side.world, peerIdOf(source), source.type);
  for (const member of members) peer.members.add(member);
  return {
    person: (userId) => createSimulatedClient(side, userId, { ...source, userId }),
    invites: (options) => postOne(side.post, side.events.join(source), options),
    removes: (options) => postOne(side.post, side.events.leave(source), options),
    memberJoins: (userId, options) => {
      peer.members.add(userId);
      findOrAddPeer(side.world, userId, "user");
      return postOne(side.post, side.events.memberJoined(source, userId), options);
    },
    memberLeaves: (userId, options) => {
      peer.members.delete(userId);
      return postOne(side.post, side.events.memberLeft(source, userId), options);
    },
  };
}

async function postOne(post: Side["post"], built: LineEvent, options: ActOptions = {}): Promise<Posted> {
  const { replyToken: _, ...silent } = built;
  const event: LineEvent = options.standby === true ? { ...silent, mode: "standby" } : built;
  const webhook = await post([event], options);
  const { message } = event as { message?: { id?: string } };
  return {
    eventId: event.webhookEventId,
    messageId: message?.id ?? null,
    replyToken: event.replyToken ?? null,
    webhook,
  };
}
