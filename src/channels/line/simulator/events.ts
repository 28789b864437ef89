import { findOrAddPeer, type World } from "./world.ts";

/** One event of a webhook, as LINE sends it. */
export interface LineEvent {
  readonly type: string;
  readonly mode: "active" | "standby";
  readonly timestamp: number;
  readonly webhookEventId: string;
  readonly deliveryContext: { readonly isRedelivery: boolean };
  readonly source?: LineSource;
  readonly replyToken?: string;
  readonly [field: string]: unknown;
}

/** Fields that replace or add to those a built event has. */
export type EventFields = Partial<LineEvent>;

export type LineSource =
  | { readonly type: "user"; readonly userId: string }
  | { readonly type: "group"; readonly groupId: string; readonly userId?: string }
  | { readonly type: "room"; readonly roomId: string; readonly userId?: string };

/** Builds events with fresh ids. They are sent by `post`, several in one body if you like. */
export function createEvents(world: World) {
  /** Any event. Without `fields.replyToken` it gets one when it is answerable. */
  const raw = (type: string, source: LineSource | null, fields: EventFields = {}): LineEvent => {
    const now = world.clock.now();
    if (source !== null) learn(world, source);
    const isAnswerable = ANSWERABLE.has(type) && fields.mode !== "standby" && source !== null;
    return {
      type,
      mode: "active",
      timestamp: now,
      ...(source === null ? {} : { source }),
      webhookEventId: world.ids.eventId(now),
      deliveryContext: { isRedelivery: false },
      ...(isAnswerable ? { replyToken: world.ids.token() } : {}),
      ...fields,
    };
  };
  const message = (source: LineSource, content: Readonly<Record<string, unknown>>, fields: EventFields = {}) => {
    const markAsReadToken = world.ids.token();
    const id = typeof content.id === "string" ? content.id : world.ids.messageId();
    world.markAsReadTokens.set(markAsReadToken, { peerId: peerIdOf(source), messageId: id });
    keepContent(world, id, content);
    return raw("message", source, {
      message: { id, quoteToken: world.ids.token(), markAsReadToken, ...content },
      ...fields,
    });
  };
  return {
    raw,
    message,
    /** Images sent at once, as an event each: LINE posts them in any order, each in a webhook of its own. */
    imageSet: (source: LineSource, total: number) => {
      const imageSet = { id: world.ids.token(), total };
      const contentProvider = { type: "line" };
      return Array.from({ length: total }, (_, at) =>
        message(source, { type: "image", contentProvider, imageSet: { ...imageSet, index: at + 1 } }),
      );
    },
    text: (source: LineSource, text: string, fields: EventFields = {}, mentions: readonly Mention[] = []) =>
      message(source, { type: "text", ...mentioning(world, text, mentions) }, fields),
    /** The same message id, and new tokens (LINE: Webhook event objects, "Message edited event"). */
    messageEdited: (source: LineSource, id: string, text: string) =>
      raw("messageEdited", source, { message: { id, type: "text", quoteToken: world.ids.token(), text } }),
    memberJoined: (source: LineSource, userId: string) =>
      raw("memberJoined", source, { joined: { members: [{ type: "user", userId }] } }),
    memberLeft: (source: LineSource, userId: string) =>
      raw("memberLeft", source, { left: { members: [{ type: "user", userId }] } }),
    videoPlayComplete: (source: LineSource, trackingId: string) =>
      raw("videoPlayComplete", source, { videoPlayComplete: { trackingId } }),
    beacon: (source: LineSource, hwid: string, type: "enter" | "banner" | "stay" = "enter") =>
      raw("beacon", source, { beacon: { hwid, type } }),
    accountLink: (source: LineSource | null, nonce: string, result: "ok" | "failed" = "ok") =>
      raw("accountLink", source, { link: { result, nonce } }),
    membership: (source: LineSource, membershipId: number, type: "joined" | "left" | "renewed" = "joined") =>
      raw("membership", source, { membership: { type, membershipId } }),
    postback: (source: LineSource, data: string, params?: Readonly<Record<string, string>>) =>
      raw("postback", source, { postback: params === undefined ? { data } : { data, params } }),
    unsend: (source: LineSource, messageId: string) => raw("unsend", source, { unsend: { messageId } }),
    follow: (source: LineSource, isUnblocked = false) => raw("follow", source, { follow: { isUnblocked } }),
    unfollow: (source: LineSource) => raw("unfollow", source),
    join: (source: LineSource) => raw("join", source),
    leave: (source: LineSource) => raw("leave", source),
  };
}

export type LineEvents = ReturnType<typeof createEvents>;

/** The bot, everybody, or a member. */
export type Mention = "bot" | "all" | { readonly userId: string };

/** The text with its mentions in front, each by its place in UTF-16 units (LINE: Text message, "mention"). */
function mentioning(world: World, text: string, mentions: readonly Mention[]) {
  if (mentions.length === 0) return { text };
  let front = "";
  const mentionees = mentions.map((mention) => {
    const name = mention === "bot" ? "@bot" : mention === "all" ? "@All" : `@${mention.userId}`;
    const place = { index: front.length, length: name.length };
    front += `${name} `;
    if (mention === "all") return { ...place, type: "all" };
    const userId = mention === "bot" ? world.botUserId : mention.userId;
    return { ...place, type: "user", userId, isSelf: mention === "bot" };
  });
  return { text: front + text, mention: { mentionees } };
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  image: "image/jpeg",
  video: "video/mp4",
  audio: "audio/x-m4a",
  file: "application/octet-stream",
};

/** Something to load down for each picture, film, sound and file that LINE keeps. */
function keepContent(world: World, messageId: string, content: Readonly<Record<string, unknown>>): void {
  const type = CONTENT_TYPES[String(content.type)];
  const { type: keeper = "line" } = (content.contentProvider ?? {}) as { type?: unknown };
  if (type === undefined || keeper !== "line" || world.contents.has(messageId)) return;
  const bytes = new TextEncoder().encode(`the ${String(content.type)} of message ${messageId}`);
  world.contents.set(messageId, { type, bytes, state: "ready" });
}

/** Types that come with a reply token while the bot may answer (LINE: Webhook event objects). */
const ANSWERABLE: ReadonlySet<string> = new Set([
  "message",
  "messageEdited",
  "follow",
  "join",
  "memberJoined",
  "postback",
  "videoPlayComplete",
  "beacon",
  "accountLink",
  "membership",
]);

export function peerIdOf(source: LineSource): string {
  switch (source.type) {
    case "user":
      return source.userId;
    case "group":
      return source.groupId;
    case "room":
      return source.roomId;
    default:
      return source satisfies never;
  }
}

/** Whoever writes is a member, and can be looked up. */
function learn(world: World, source: LineSource): void {
  const peer = findOrAddPeer(world, peerIdOf(source), source.type);
  if (source.type === "user" || source.userId === undefined) return;
  peer.members.add(source.userId);
  findOrAddPeer(world, source.userId, "user");
}
