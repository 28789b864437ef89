/** What `turnpike doctor` posts in place of a turn, to see whether an agent is there and knows our signature. */
export const PING_SCHEMA = "turnpike.ping.v1";

/** Such a ping wants a 2xx and no answer: `204`. */
export function isPing({ schema }: { readonly schema: string }): boolean {
  return schema === PING_SCHEMA;
}
