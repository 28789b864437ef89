import type { ConversationRef, PeerNames } from "../../../core/conversation.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

type Named = InboundEvent & { readonly peerNames: PeerNames };

export function isNamed(event: InboundEvent): event is Named {
  return event.peerNames !== undefined;
}

/**
 * The part of `ingest` that finds somebody's conversation by any of their names, and remembers the names that are new.
 * The names are locked (`Locks.ofNames`), and the conversation is by `find`, as soon as it is known which one it is.
 *
 * What an event says about the name before counts most; then the person's own name; then the lent one, unless the
 * conversation belongs to another own name: then the number has passed to somebody else, who starts a new one.
 */
export function preparePeerNames(context: Context) {
  const { db, clock } = context;
  const find = prepareFind(context);
  const lock = db.prepare<Key>("SELECT 1 FROM conversation WHERE slot = $1 AND conversation_id = $2 FOR UPDATE");
  const meet = db.prepare<[...Key, string, string, string, string, number]>(`
    INSERT INTO conversation (slot, conversation_id, channel, account, kind, peer_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`);
  const forget = db.prepare<[string, string, readonly string[]]>(`
    DELETE FROM peer_name WHERE channel = $1 AND account = $2 AND name = ANY ($3::text[]) AND conversation_id IS NULL`);
  const remember = prepareRemember(context);

  return {
    /** Where the event belongs. A copy makes no conversation, so one that is new isn't there yet. */
    async find(event: InboundEvent): Promise<string> {
      if (!isNamed(event)) return idOf(event.conversation);
      const conversationId = await find(event);
      await lock.get(...keyOf(conversationId));
      // The time behind the lock.
      await clock.read();
      return conversationId;
    },

    async remember(event: InboundEvent, conversationId: string, now: number): Promise<void> {
      if (!isNamed(event)) return;
      const { channel, account, kind, peerId } = event.conversation;
      await meet.run(...keyOf(conversationId), channel, account, kind, peerId, now);
      await lock.get(...keyOf(conversationId));
      await remember(event, conversationId);
    },

    /** Names that were only locked leave nothing behind. */
    async letGo(event: InboundEvent): Promise<void> {
      if (!isNamed(event)) return;
      const { channel, account } = event.conversation;
      await forget.run(channel, account, namesOf(event));
    },
  };
}

/** Every name that the event tells, each once, in an order that is the same everywhere. */
export function namesOf({ peerNames }: InboundEvent): string[] {
  if (peerNames === undefined) return [];
  const { own, lent, formerly } = peerNames;
  const told = [own, lent, formerly?.own ?? null, formerly?.lent ?? null];
  return [...new Set(told.filter((name) => name !== null))].sort();
}

interface NameRow {
  conversation_id: string | null;
}

function prepareFind({ db }: Context) {
  const select = db.prepare<[string, string, string], NameRow>(
    "SELECT conversation_id FROM peer_name WHERE channel = $1 AND account = $2 AND name = $3",
  );
  const selectOther = db.prepare<[...Key, string], NameRow>(`
    SELECT conversation_id FROM peer_name
    WHERE slot = $1 AND conversation_id = $2 AND is_lent = 0 AND name <> $3 LIMIT 1`);
  const selectConversation = db.prepare<Key, NameRow>(
    "SELECT conversation_id FROM conversation WHERE slot = $1 AND conversation_id = $2",
  );

  async function known({ channel, account }: ConversationRef, name: string | null): Promise<string | null> {
    return name === null ? null : ((await select.get(channel, account, name))?.conversation_id ?? null);
  }

  /** Its person has another name of their own, so it isn't this one's. */
  async function isOthers(conversationId: string, own: string | null): Promise<boolean> {
    return (await selectOther.get(...keyOf(conversationId), own ?? "")) !== undefined;
  }

  /** A conversation that we began ourselves has a number and no names yet. */
  async function begun(ref: ConversationRef, lent: string | null): Promise<string | null> {
    if (lent === null) return null;
    const conversationId = idOf({ ...ref, peerId: lent });
    return (await selectConversation.get(...keyOf(conversationId))) === undefined ? null : conversationId;
  }

  return async function find(event: Named): Promise<string> {
    const { conversation: ref, sentAt } = event;
    const { own, lent, formerly } = event.peerNames;
    const certain =
      (await known(ref, formerly?.own ?? null)) ??
      (await known(ref, formerly?.lent ?? null)) ??
      (await known(ref, own));
    if (certain !== null) return certain;
    const byNumber = await known(ref, lent);
    if (byNumber !== null && (own === null || !(await isOthers(byNumber, own)))) return byNumber;
    const begunByUs = await begun(ref, lent);
    if (begunByUs !== null && !(await isOthers(begunByUs, own))) return begunByUs;
    const fresh = idOf(ref);
    // The number was somebody's who gave it up, and the new one tells no other name.
    return fresh === begunByUs ? idOf({ ...ref, peerId: [ref.peerId, sentAt].join("\u0000") }) : fresh;
  };
}

function prepareRemember({ db }: Context) {
  const bind = db.prepare<[...Key, string, string, string, number]>(`
    INSERT INTO peer_name AS p (slot, conversation_id, channel, account, name, is_lent) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (channel, account, name) DO UPDATE
      SET slot = excluded.slot, conversation_id = excluded.conversation_id, address_since = NULL,
          is_lent = CASE WHEN p.conversation_id IS NULL THEN excluded.is_lent ELSE p.is_lent END
    WHERE p.conversation_id IS DISTINCT FROM excluded.conversation_id`);
  const letGo = db.prepare<[...Key, string, string, string]>(`
    DELETE FROM peer_name
    WHERE slot = $1 AND conversation_id = $2 AND channel = $3 AND account = $4 AND name = $5 AND is_lent = 1`);
  const selectAddress = prepareAddress({ db });
  const setAddress = db.prepare<[string, string, string, number]>(
    "UPDATE peer_name SET address_since = $4 WHERE channel = $1 AND account = $2 AND name = $3",
  );

  return async function remember(event: Named, conversationId: string): Promise<void> {
    const { channel, account } = event.conversation;
    const { own, lent, formerly } = event.peerNames;
    const key = keyOf(conversationId);
    if (own !== null) await bind.run(...key, channel, account, own, 0);
    if (lent !== null) await bind.run(...key, channel, account, lent, 1);
    if (formerly?.lent) await letGo.run(...key, channel, account, formerly.lent);
    const name = lent ?? own;
    if (name === null || (await selectAddress(conversationId)) === name) return;
    await setAddress.run(channel, account, name, event.sentAt);
  };
}

/**
 * The name under which a person is written to now; `null` for one who has none but `peerId`. The newest by the platform's
 * time: a late copy of an older word must not bring back a number that the person has given up.
 */
export function prepareAddress({ db }: Pick<Context, "db">) {
  const select = db.prepare<Key, { name: string }>(`
    SELECT name FROM peer_name
    WHERE slot = $1 AND conversation_id = $2 AND address_since IS NOT NULL ORDER BY address_since DESC LIMIT 1`);
  return async (conversationId: string) => (await select.get(...keyOf(conversationId)))?.name ?? null;
}
