import type { Posted } from "../../simulation/webhooks.ts";
import { type LineEvent, type LineEvents, type LineSource, peerIdOf } from "./events.ts";
import type { LinePostOptions, WebhookRecord } from "./webhooks.ts";
import { displayNameOf, findOrAddPeer, type World } from "./world.ts";

export interface PostedEvent extends Posted<WebhookRecord> {
  readonly eventId: string;
  readonly replyToken: string | null;
}

/** A person on LINE. Each method posts one webhook and resolves when it was answered, or failed. */
export interface SimulatedClient {
  says(text: string, options?: ActOptions): Promise<PostedEvent>;
  /** Any other message: `{ type: "sticker", packageId: "1", … }`. */
  sends(message: Readonly<Record<string, unknown>>, options?: ActOptions): Promise<PostedEvent>;
  /**
   * Images sent at once, each in a webhook of its own: by their numbers in the set, in the order in which LINE posts them
   * (`[3, 1, 2]`). `total`: how many the set has, if some come later. Resolves to their webhooks in that order.
   */
  sendsImages(order: readonly number[], options?: ActOptions): Promise<readonly PostedEvent[]>;
  /** A tap on a button with postback data. */
  taps(data: string, options?: ActOptions): Promise<PostedEvent>;
  /** Changes a message; LINE tells of it in groups only. */
  edits(messageId: string, text: string, options?: ActOptions): Promise<PostedEvent>;
  unsends(messageId: string, options?: ActOptions): Promise<PostedEvent>;
  /** Adds the bot as a friend, or lets it in again. */
  follows(options?: ActOptions): Promise<PostedEvent>;
  /** Blocks the bot: what it sends is accepted, not shown and not counted. */
  blocks(options?: ActOptions): Promise<PostedEvent>;
}

interface ActOptions extends LinePostOptions {
  /** Another module holds the chat: the event is for information and carries no reply token. Default false. */
  readonly standby?: boolean;
  /** Whom a group's text mentions, in front of it: the bot, everybody, or a member. Default: nobody. */
  readonly mentions?: readonly ("bot" | "all" | { readonly userId: string })[];
}

/** A group or a room. */
export interface Gathering {
  person(userId: string): SimulatedClient;
  /** The bot is invited. */
  invites(options?: ActOptions): Promise<PostedEvent>;
  /** The bot is thrown out. */
  removes(options?: ActOptions): Promise<PostedEvent>;
  /** Others come or go. */
  memberJoins(userId: string, options?: ActOptions): Promise<PostedEvent>;
  memberLeaves(userId: string, options?: ActOptions): Promise<PostedEvent>;
}

export interface Side {
  readonly world: World;
  readonly events: LineEvents;
  readonly post: (events: readonly LineEvent[], options?: LinePostOptions) => Promise<WebhookRecord>;
}

export function createSimulatedClient(side: Side, userId: string, source: LineSource): SimulatedClient {
  const { world, events } = side;
  const peer = findOrAddPeer(world, userId, "user");
  findOrAddPeer(world, peerIdOf(source), source.type).members.add(userId);
  // Friends are made and lost in the one-to-one chat, wherever the person writes.
  const alone = { type: "user", userId } as const;
  const send = (event: LineEvent, options?: ActOptions) => postOne(side, event, options);
  return {
    says: (text, options) => send(events.text(source, text, {}, options?.mentions), options),
    edits: (messageId, text, options) => send(events.messageEdited(source, messageId, text), options),
    sends: (message, options) => send(events.message(source, message), options),
    sendsImages: async (order, options) => {
      const images = events.imageSet(source, order.length);
      const posted: PostedEvent[] = [];
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

type GatheringSource = Exclude<LineSource, { type: "user" }>;

export function gathering(side: Side, source: GatheringSource, members: readonly string[]): Gathering {
  const peer = findOrAddPeer(side.world, peerIdOf(source), source.type);
  for (const member of members) peer.members.add(member);
  return {
    person: (userId) => createSimulatedClient(side, userId, { ...source, userId }),
    invites: (options) => postOne(side, side.events.join(source), options),
    removes: (options) => postOne(side, side.events.leave(source), options),
    memberJoins: (userId, options) => {
      peer.members.add(userId);
      findOrAddPeer(side.world, userId, "user");
      return postOne(side, side.events.memberJoined(source, userId), options);
    },
    memberLeaves: (userId, options) => {
      peer.members.delete(userId);
      return postOne(side, side.events.memberLeft(source, userId), options);
    },
  };
}

async function postOne({ world, post }: Side, built: LineEvent, options: ActOptions = {}): Promise<PostedEvent> {
  const { replyToken: _, ...silent } = built;
  const event: LineEvent = options.standby === true ? { ...silent, mode: "standby" } : built;
  showOnScreen(world, event);
  const webhook = await post([event], options);
  const { message } = event as { message?: { id?: string } };
  return {
    eventId: event.webhookEventId,
    messageId: message?.id ?? null,
    replyToken: event.replyToken ?? null,
    webhook,
  };
}

interface Shown {
  readonly message?: Readonly<Record<string, unknown>> & { readonly id: string; readonly text?: string };
  readonly unsend?: { readonly messageId: string };
}

/** What the person themselves sees of what they do. */
function showOnScreen({ screens }: World, { type, timestamp, source, ...rest }: LineEvent): void {
  if (source === undefined) return;
  const { message, unsend } = rest as Shown;
  const peerId = peerIdOf(source);
  if (unsend !== undefined) screens.retract(unsend.messageId);
  else if (type === "messageEdited" && message !== undefined) screens.edit(message.id, message.text ?? "");
  else if (type === "follow" || type === "unfollow") screens.changed(peerId);
  else if (type === "message" && message !== undefined) {
    const { id: messageId, quoteToken: _, markAsReadToken: __, ...content } = message;
    const name = source.type === "user" || source.userId === undefined ? null : displayNameOf(source.userId);
    screens.write({ peerId, at: timestamp, messageId, text: content.text ?? null, message: content }, name);
  }
}
