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
    world.markAsReadTokens.add(markAsReadToken);
    return raw("message", source, {
      message: { id: world.ids.messageId(), quoteToken: world.ids.token(), markAsReadToken, ...content },
      ...fields,
    });
  };
  return {
    raw,
    message,
    text: (source: LineSource, text: string, fields: EventFields = {}) =>
      message(source, { type: "text", text }, fields),
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
