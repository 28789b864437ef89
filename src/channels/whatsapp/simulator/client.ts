import { readObject, readText } from "../../json.ts";
import type { WebhookRecord } from "../../meta/simulator/webhooks.ts";
import type { Posted, PostOptions } from "../../simulation/webhooks.ts";
import { WINDOW_MS } from "../wire.ts";
import { DISPLAY_NUMBER, type Peer, type World } from "./world.ts";

export interface PostedMessage extends Posted<WebhookRecord> {
  readonly messageId: string;
}

/** A person on WhatsApp. Each method posts one webhook and resolves when it was answered, or failed. */
export interface SimulatedClient {
  says(text: string, options?: PostOptions): Promise<PostedMessage>;
  /** Any other message: `"location", { latitude: 1, longitude: 2 }`. `beside`: `context`, `referral`, `group_id` … */
  sends(type: string, content: unknown, options?: PostOptions & { readonly beside?: Fields }): Promise<PostedMessage>;
  /** A picture, video, sound or file whose content can be loaded down. */
  sendsMedia(type: "image" | "video" | "audio" | "document", content: string, mimeType: string): Promise<PostedMessage>;
  /** A tap on a button, a row of a list. */
  taps(id: string, title: string, options?: PostOptions): Promise<PostedMessage>;
  /** Calls the business, which opens the window whether it is answered or not. Resolves to the call's id. */
  calls(options?: PostOptions): Promise<string>;
  /** The end of that call. */
  hangsUp(callId: string, options?: PostOptions): Promise<void>;
  reacts(messageId: string, emoji: string | null, options?: PostOptions): Promise<PostedMessage>;
  /** Another text. */
  edits(messageId: string, text: string, options?: PostOptions): Promise<PostedMessage>;
  /** Takes a message back. */
  revokes(messageId: string, options?: PostOptions): Promise<PostedMessage>;
  /** A colleague answers in the WhatsApp Business app, or the app greets by itself. */
  answeredByHand(text: string, options?: PostOptions): Promise<PostedMessage>;
  /** From now on this business is told no number, only the user id. */
  adoptsUsername(): void;
  /** Another number, and with it another user id; two webhooks say so. */
  changesNumber(waId: string, options?: PostOptions): Promise<void>;
  /** What the business sends from now on is accepted and fails. */
  blocks(): void;
  unblocks(): void;
  /** The 24 hours after their last message, in which the business may answer, have passed for the platform. */
  closesWindow(): void;
  /** The ids that the business is told now. */
  readonly waId: string | null;
  readonly userId: string;
}

type Fields = Readonly<Record<string, unknown>>;

export function createSimulatedClient(world: World, peer: Peer): SimulatedClient {
  const send: SimulatedClient["sends"] = (type, content, { beside = {}, ...options } = {}) =>
    sendMessage(world, peer, { type, [type]: content, ...beside }, options);
  return {
    says: (text, options) => send("text", { body: text }, options),
    sends: send,
    sendsMedia: (type, content, mimeType) => {
      const mediaId = world.ids.mediaId();
      world.media.set(mediaId, { content, mimeType });
      return send(type, { id: mediaId, mime_type: mimeType, sha256: "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=" });
    },
    taps: (tapped, title, options) =>
      send("interactive", { type: "button_reply", button_reply: { id: tapped, title } }, options),
    calls: async (options) => {
      const id = `wacid.${world.ids.messageId().slice("wamid.".length)}`;
      peer.lastActAt = world.clock.now();
      await postCall(world, peer, { id, event: "connect", session: { sdp_type: "offer", sdp: "v=0" } }, options);
      return id;
    },
    hangsUp: (id, options) => postCall(world, peer, { id, event: "terminate", status: "FAILED" }, options),
    reacts: (messageId, emoji, options) =>
      send("reaction", { message_id: messageId, ...(emoji === null ? {} : { emoji }) }, options),
    edits: (messageId, text, options) =>
      send("edit", { original_message_id: messageId, message: { type: "text", text: { body: text } } }, options),
    revokes: (messageId, options) => send("revoke", { original_message_id: messageId }, options),
    answeredByHand: (text, options) => sendEcho(world, peer, { type: "text", text: { body: text } }, options),
    adoptsUsername: () => {
      peer.hidesNumber = true;
    },
    changesNumber: (waId, options) => changeNumber(world, peer, waId, options),
    blocks: () => {
      peer.isGone = true;
      world.screens.changed(peer.waId);
    },
    unblocks: () => {
      peer.isGone = false;
      world.screens.changed(peer.waId);
    },
    closesWindow: () => {
      if (peer.lastActAt !== null) peer.lastActAt = Math.min(peer.lastActAt, world.clock.now() - WINDOW_MS);
    },
    get waId() {
      return peer.hidesNumber ? null : peer.waId;
    },
    get userId() {
      return peer.userId;
    },
  };
}

async function sendMessage(world: World, peer: Peer, said: Fields, options?: PostOptions): Promise<PostedMessage> {
  const messageId = world.ids.messageId();
  world.inbound.set(messageId, peer);
  peer.lastActAt = world.clock.now();
  const message = {
    ...(peer.hidesNumber ? {} : { from: peer.waId }),
    from_user_id: peer.userId,
    id: messageId,
    timestamp: seconds(world),
    ...said,
  };
  showOnScreen(world, peer, { messageId, said });
  const webhook = await world.post("messages", { contacts: [contactOf(peer)], messages: [message] }, options);
  return { messageId, webhook };
}

/** What the person themselves sees of what they send. */
function showOnScreen(
  { screens, clock }: World,
  peer: Peer,
  { messageId, said }: { readonly messageId: string; readonly said: Fields },
): void {
  const { type, edit, revoke } = said;
  const original = readText(readObject(edit ?? revoke)?.original_message_id);
  if (original !== null && type === "revoke") screens.retract(original);
  else if (original !== null && type === "edit") {
    screens.edit(original, shown(readObject(readObject(edit)?.message) ?? {}).text ?? "");
  } else if (type !== "reaction") {
    screens.write({ ...shown(said), peerId: peer.waId, at: clock.now(), messageId });
  }
}

/** The words of a person's message, or of a tap. */
function shown(said: Fields) {
  const type = readText(said.type) ?? "";
  const part = readObject(said[type]) ?? {};
  const tapped = readObject(part.button_reply) ?? readObject(part.list_reply);
  return { text: readText(part.body) ?? readText(part.caption) ?? readText(tapped?.title), message: said };
}

/** Cloud API: Calling, "User-initiated calls". */
async function postCall(world: World, peer: Peer, said: Fields, options?: PostOptions): Promise<void> {
  const from = { ...(peer.hidesNumber ? {} : { from: peer.waId }), from_user_id: peer.userId };
  const call = { ...from, to: DISPLAY_NUMBER, timestamp: seconds(world), direction: "USER_INITIATED", ...said };
  await world.post("calls", { contacts: [contactOf(peer)], calls: [call] }, options);
}

/** What the business sends from its phone (Cloud API: `smb_message_echoes`). */
async function sendEcho(world: World, peer: Peer, said: Fields, options?: PostOptions): Promise<PostedMessage> {
  const messageId = world.ids.messageId();
  const to = { ...(peer.hidesNumber ? {} : { to: peer.waId }), to_user_id: peer.userId };
  const echo = { from: DISPLAY_NUMBER, ...to, id: messageId, timestamp: seconds(world), ...said };
  world.screens.answer({ ...shown(said), peerId: peer.waId, at: world.clock.now(), messageId });
  const webhook = await world.post("smb_message_echoes", { message_echoes: [echo] }, options);
  return { messageId, webhook };
}

/** WhatsApp: the number is left out for people with a username (Business-scoped user IDs). */
export function contactOf(peer: Peer): Fields {
  const profile = { name: peer.name, ...(peer.hidesNumber ? { username: `person${peer.userId.slice(-4)}` } : {}) };
  return { profile, ...(peer.hidesNumber ? {} : { wa_id: peer.waId }), user_id: peer.userId };
}

async function changeNumber(world: World, peer: Peer, waId: string, options?: PostOptions): Promise<void> {
  const before = { waId: peer.waId, userId: peer.userId };
  peer.waId = waId;
  peer.userId = world.ids.userId();
  world.peers.delete(before.waId);
  world.peers.set(waId, peer);
  world.peers.set(peer.userId, peer);
  const system = {
    body: `User ${peer.name} changed from ${before.waId} to ${waId}`,
    type: "user_changed_number",
    wa_id: waId,
    user_id: peer.userId,
  };
  const message = { from: before.waId, id: world.ids.messageId(), timestamp: seconds(world), type: "system", system };
  await world.post("messages", { messages: [message] }, options);
  const update = {
    wa_id: waId,
    detail: `User id for ${peer.name} has been updated.`,
    user_id: { previous: before.userId, current: peer.userId },
    timestamp: seconds(world),
  };
  await world.post("user_id_update", { contacts: [contactOf(peer)], user_id_update: [update] }, options);
}

/** WhatsApp's timestamps are seconds, as a text. */
export function seconds(world: World): string {
  return String(Math.floor(world.clock.now() / 1_000));
}
