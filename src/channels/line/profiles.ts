import type { ConversationRef } from "../../core/conversation.ts";
import type { Clock } from "../../runtime/clock.ts";
import { setNewest } from "../../runtime/lru.ts";
import type { Profiles } from "../channel.ts";
import { readText } from "../json.ts";
import type { LineApi } from "./api.ts";

/** Size of the LRU cache of names. */
const CACHE_SIZE = 10_000;
const NAME_LIFE_MS = 24 * 60 * 60_000;
/** Expire negative results: profiles become visible and outages end. */
const NO_NAME_LIFE_MS = 60_000;

interface Remembered {
  readonly name: Promise<string | null>;
  until: number;
}

/** Names from LINE's profile endpoints, each asked for once a day at most. */
export function createProfiles(api: Pick<LineApi, "get">, clock: Clock): Profiles {
  const known = new Map<string, Remembered>();

  async function ask(path: string, entry: { until: number }): Promise<string | null> {
    const { displayName } = await api.get(path).catch(() => ({ displayName: null }));
    const name = readText(displayName);
    entry.until = clock.now() + (name === null ? NO_NAME_LIFE_MS : NAME_LIFE_MS);
    return name;
  }

  return {
    nameOf(conversation, personId) {
      const path = pathOf(conversation, personId);
      let entry = known.get(path);
      if (entry === undefined || entry.until <= clock.now()) {
        const pending = { until: Number.POSITIVE_INFINITY };
        entry = Object.assign(pending, { name: ask(path, pending) });
      }
      setNewest(known, path, entry, CACHE_SIZE);
      return entry.name;
    },
  };
}

/** LINE: "Get profile", "Get group chat member profile", "Get multi-person chat member profile" (API reference). */
function pathOf({ kind, peerId }: ConversationRef, personId: string): string {
  const person = encodeURIComponent(personId);
  return kind === "user"
    ? `/v2/bot/profile/${person}`
    : `/v2/bot/${kind}/${encodeURIComponent(peerId)}/member/${person}`;
}
