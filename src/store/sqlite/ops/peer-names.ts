import type { ConversationRef, PeerNames } from "../../../core/conversation.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import type { Context } from "./context.ts";

type Named = InboundEvent & { readonly peerNames: PeerNames };

/**
 * The part of `ingest` that finds somebody's conversation by any of their names, and remembers the names that are new.
 *
 * What an event says about the name before counts most; then the person's own name; then the lent one, unless the
 * conversation belongs to another own name: then the number has passed to somebody else, who starts a new one.
 */
export function preparePeerNames(context: Context) {
  const find = prepareFind(context);
  const remember = prepareRemember(context);

  return function conversationOf(event: InboundEvent): string {
    if (!isNamed(event)) return idOf(event.conversation);
    const conversationId = find(event);
    remember(event, conversationId);
    return conversationId;
  };
}

function isNamed(event: InboundEvent): event is Named {
  return event.peerNames !== undefined;
}

interface NameRow {
  conversation_id: string;
}

function prepareFind({ db }: Context) {
  const select = db.prepare<[string, string, string], NameRow>(
    "SELECT conversation_id FROM peer_name WHERE channel = ? AND account = ? AND name = ?",
  );
  const selectOther = db.prepare<[string, string], NameRow>(
    "SELECT conversation_id FROM peer_name WHERE conversation_id = ? AND is_lent = 0 AND name <> ? LIMIT 1",
  );
  const selectConversation = db.prepare<[string], NameRow>(
    "SELECT conversation_id FROM conversation WHERE conversation_id = ?",
  );

  function known({ channel, account }: ConversationRef, name: string | null): string | null {
    return name === null ? null : (select.get(channel, account, name)?.conversation_id ?? null);
  }

  /** Its person has another name of their own, so it isn't this one's. */
  function isOthers(conversationId: string, own: string | null): boolean {
    return selectOther.get(conversationId, own ?? "") !== undefined;
  }

  /** A conversation that we began ourselves has a number and no names yet. */
  function begun(ref: ConversationRef, lent: string | null): string | null {
    if (lent === null) return null;
    const conversationId = idOf({ ...ref, peerId: lent });
    return selectConversation.get(conversationId) === undefined ? null : conversationId;
  }

  return function find({ conversation: ref, peerNames: { own, lent, formerly }, sentAt }: Named): string {
    const certain = known(ref, formerly?.own ?? null) ?? known(ref, formerly?.lent ?? null) ?? known(ref, own);
    if (certain !== null) return certain;
    const byNumber = known(ref, lent);
    if (byNumber !== null && (own === null || !isOthers(byNumber, own))) return byNumber;
    const begunByUs = begun(ref, lent);
    if (begunByUs !== null && !isOthers(begunByUs, own)) return begunByUs;
    const fresh = idOf(ref);
    // The number was somebody's who gave it up, and the new one tells no other name.
    return fresh === begunByUs ? idOf({ ...ref, peerId: [ref.peerId, sentAt].join("\u0000") }) : fresh;
  };
}

function prepareRemember({ db }: Context) {
  const bind = db.prepare<[string, string, string, string, number]>(`
    INSERT INTO peer_name (channel, account, name, conversation_id, is_lent) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET conversation_id = excluded.conversation_id, address_since = NULL
    WHERE conversation_id <> excluded.conversation_id`);
  const letGo = db.prepare<[string, string, string, string]>(
    "DELETE FROM peer_name WHERE channel = ? AND account = ? AND name = ? AND conversation_id = ? AND is_lent = 1",
  );
  const selectAddress = prepareAddress({ db });
  const setAddress = db.prepare<[number, string, string, string]>(
    "UPDATE peer_name SET address_since = ? WHERE channel = ? AND account = ? AND name = ?",
  );

  return function remember(event: Named, conversationId: string): void {
    const { channel, account } = event.conversation;
    const { own, lent, formerly } = event.peerNames;
    if (own !== null) bind.run(channel, account, own, conversationId, 0);
    if (lent !== null) bind.run(channel, account, lent, conversationId, 1);
    if (formerly?.lent) letGo.run(channel, account, formerly.lent, conversationId);
    const name = lent ?? own;
    if (name === null || selectAddress(conversationId) === name) return;
    setAddress.run(event.sentAt, channel, account, name);
  };
}

/**
 * The name under which a person is written to now; `null` for one who has none but `peerId`. The newest by the platform's
 * time: a late copy of an older word must not bring back a number that the person has given up.
 */
export function prepareAddress({ db }: Pick<Context, "db">) {
  const select = db.prepare<[string], { name: string }>(`
    SELECT name FROM peer_name
    WHERE conversation_id = ? AND address_since IS NOT NULL ORDER BY address_since DESC LIMIT 1`);
  return (conversationId: string) => select.get(conversationId)?.name ?? null;
}
