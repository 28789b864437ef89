import type { Channel } from "../../channels/channel.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { assert } from "../../core/errors.ts";
import type { Deps } from "../deps.ts";

/** The channel of a claimed delivery: a process claims none without its channel. */
export function channelOf(deps: Pick<Deps, "channels">, of: { channel: string; account: string }): Channel {
  const found = deps.channels.find(of.channel, of.account);
  assert(found !== null, `a delivery for ${accountKeyOf(of)} was claimed without that channel`);
  return found;
}
