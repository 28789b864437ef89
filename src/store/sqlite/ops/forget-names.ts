import type { Context } from "./context.ts";

export function prepareForgetNames({ db }: Context) {
  const remove = db.prepare<[string]>("DELETE FROM peer_name WHERE conversation_id = ?");
  return (conversationId: string): number => remove.run(conversationId).changes;
}
