/** Schema of the ping that `turnpike doctor` posts instead of a turn, to check reachability and signature. */
export const PING_SCHEMA = "turnpike.ping.v1";

/** A ping is answered with `204`. */
export function isPing({ schema }: { readonly schema: string }): boolean {
  return schema === PING_SCHEMA;
}
