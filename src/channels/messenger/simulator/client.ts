import type { WebhookRecord } from "../../meta/simulator/webhooks.ts";
import type { Posted, PostOptions } from "../../simulation/webhooks.ts";
import { WINDOW_MS } from "../wire.ts";
import { echo, fromPerson, type Item, postItems } from "./events.ts";
import type { Peer, World } from "./world.ts";

export type PostedItem = Posted<WebhookRecord>;

/** A person on Messenger. Each method posts one webhook and resolves when it was answered, or failed. */
export interface SimulatedClient {
  says(text: string, options?: PostOptions): Promise<PostedItem>;
  /** Any other message: `{ attachments: [{ type: "image", payload: { url } }] }`. */
  sends(message: Item, options?: PostOptions): Promise<PostedItem>;
  sticker(stickerId: number, options?: PostOptions): Promise<PostedItem>;
  /** A tap on a button, the menu or "Get Started". */
  taps(payload: string, title: string, options?: PostOptions): Promise<PostedItem>;
  /** A tap on a quick reply. */
  picks(payload: string, title: string, options?: PostOptions): Promise<PostedItem>;
  reacts(messageId: string, emoji: string, options?: PostOptions): Promise<PostedItem>;
  edits(messageId: string, text: string, options?: PostOptions): Promise<PostedItem>;
  /** Has read everything so far. */
  reads(options?: PostOptions): Promise<PostedItem>;
  /** From now on the page can't reach them. */
  blocks(): void;
  unblocks(): void;
  /** The time after their last message, in which the page may answer, has passed for the platform. */
  closesWindow(): void;
  /** The page answers manually, in its inbox. */
  answeredByHand(text: string, options?: PostOptions): Promise<PostedItem>;
  /** The page's instant reply: its echo names no app. */
  greeted(text: string, options?: PostOptions): Promise<PostedItem>;
  /** Another app takes the conversation: what they write arrives as `standby`. */
  goesElsewhere(options?: PostOptions): Promise<PostedItem>;
  comesBack(options?: PostOptions): Promise<PostedItem>;
}

/** The app id of the page's own inbox, Meta Business Suite. */
const INBOX_APP_ID = 263_902_037_430_900;

export function createSimulatedClient(world: World, peer: Peer): SimulatedClient {
  const { psid } = peer;
  const { appId, screens } = world;
  const post = async (item: Item, messageId: string | null, options: PostOptions = {}): Promise<PostedItem> => {
    const webhook = await postItems(world, [item], { ...options, standby: peer.isElsewhere });
    return { messageId, webhook };
  };
  const act = (said: (mid: string) => Item, options?: PostOptions) => {
    peer.lastActAt = world.clock.now();
    const mid = world.newId("m_");
    return post(fromPerson(world, psid, said(mid)), mid, options);
  };
  const hand = (to: "pass" | "take", options?: PostOptions) =>
    post(fromPerson(world, psid, { [`${to}_thread_control`]: ownersOf(to, appId) }), null, options);
  const sends: SimulatedClient["sends"] = (message, options) =>
    act((mid) => {
      screens.write(shown(world, psid, { mid, message }));
      return { message: { mid, ...message } };
    }, options);
  const pageSays = (message: Item, options?: PostOptions) => {
    const mid = world.newId("m_");
    screens.answer(shown(world, psid, { mid, message }));
    return post(echo(world, psid, { mid, ...message }), mid, options);
  };
  return {
    says: (text, options) => sends({ text }, options),
    sends,
    sticker: (stickerId, options) => sends({ attachments: stickerAttachments(world, stickerId) }, options),
    taps: (payload, title, options) =>
      // In standby it comes without its payload (Messenger: standby channel).
      act((mid) => {
        screens.write(shown(world, psid, { mid, message: { text: title } }));
        return { postback: { mid, title, ...(peer.isElsewhere ? {} : { payload }) } };
      }, options),
    picks: (payload, title, options) => sends({ text: title, quick_reply: { payload } }, options),
    reacts: (mid, emoji, options) =>
      act(() => ({ reaction: { mid, action: "react", emoji, reaction: "other" } }), options),
    edits: (mid, text, options) => {
      const count = (world.edits.get(mid) ?? 0) + 1;
      world.edits.set(mid, count);
      screens.edit(mid, text);
      return post(fromPerson(world, psid, { message_edit: { mid, text, num_edit: count } }), mid, options);
    },
    reads: (options) => post(fromPerson(world, psid, { read: { watermark: world.clock.now() } }), null, options),
    blocks: () => {
      peer.blocked = true;
      screens.changed(psid);
    },
    unblocks: () => {
      peer.blocked = false;
      screens.changed(psid);
    },
    closesWindow: () => {
      if (peer.lastActAt !== null) peer.lastActAt = Math.min(peer.lastActAt, world.clock.now() - WINDOW_MS - 1);
    },
    answeredByHand: (text, options) => pageSays({ app_id: INBOX_APP_ID, text }, options),
    greeted: (text, options) => pageSays({ text }, options),
    goesElsewhere: async (options) => {
      const posted = await hand("take", options);
      peer.isElsewhere = true;
      return posted;
    },
    comesBack: (options) => {
      peer.isElsewhere = false;
      return hand("pass", options);
    },
  };
}

/** Of the thread, before and after it was passed to the app, or taken from it. */
function ownersOf(to: "pass" | "take", appId: number) {
  return {
    previous_owner_app_id: to === "take" ? appId : INBOX_APP_ID,
    new_owner_app_id: to === "take" ? INBOX_APP_ID : appId,
  };
}

/** As it stands on that person's screen. */
function shown({ clock }: World, psid: string, { mid, message }: { readonly mid: string; readonly message: Item }) {
  const text = typeof message.text === "string" ? message.text : null;
  return { peerId: psid, at: clock.now(), messageId: mid, text, message };
}

function stickerAttachments({ options }: World, stickerId: number): readonly Item[] {
  const payload = { url: `https://scontent.example/sticker/${stickerId}.png`, sticker_id: stickerId };
  const sticker = { type: "sticker", payload };
  return options.oldStickers === true ? [sticker, { type: "image", payload }] : [sticker];
}
