import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";

export function prepareForgetNames({ db }: Context) {
  const remove = db.prepare<Key>("DELETE FROM peer_name WHERE slot = $1 AND conversation_id = $2");
  return async (conversationId: string): Promise<number> => (await remove.run(...keyOf(conversationId))).changes;
}
