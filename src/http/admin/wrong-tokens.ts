import { createHash } from "node:crypto";
import type { Clock } from "../../runtime/clock.ts";
import { setNewest } from "../../runtime/lru.ts";

/** So many wrong tokens have no consequence; after each further one the client waits, each time twice as long. */
const FREE = 5;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;
/** A client's wrong tokens are forgotten this long after the last one, in ms. A right one forgets none: it may be known. */
const REMEMBERED_MS = 3_600_000;
/** Size of the LRU cache of clients. */
const CACHE_SIZE = 10_000;
/** Different wrong tokens of one client that are recognized. */
const RECOGNIZED = 8;

interface Record {
  count: number;
  at: number;
  waitsUntil: number;
  /** Hashes of the last ones. */
  readonly hashes: string[];
}

/** Backs off from clients that guess tokens. */
export interface WrongTokens {
  /** Seconds until the client's next token is looked at; `null`: now. */
  waitS(client: string): number | null;
  /** A person typed it. */
  typed(client: string, token: string): void;
  /** A program sent it. Sent again it doesn't count: a program with an old token guesses nothing. */
  sent(client: string, token: string): void;
}

export function createWrongTokens(clock: Clock): WrongTokens {
  const clients = new Map<string, Record>();

  function recordOf(client: string): Record {
    const known = clients.get(client);
    const isKnown = known !== undefined && clock.now() - known.at < REMEMBERED_MS;
    return isKnown ? known : { count: 0, at: 0, waitsUntil: 0, hashes: [] };
  }

  function count(client: string, token: string, isRepeatable: boolean): void {
    const record = recordOf(client);
    const hash = createHash("sha256").update(token).digest("base64");
    const isRepeated = record.hashes.includes(hash);
    if (isRepeated && !isRepeatable) return;
    if (!isRepeated) record.hashes.splice(0, Math.max(0, record.hashes.push(hash) - RECOGNIZED));
    record.count += 1;
    record.at = clock.now();
    const doublings = record.count - FREE;
    if (doublings >= 0) record.waitsUntil = record.at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** doublings);
    setNewest(clients, client, record, CACHE_SIZE);
  }

  return {
    waitS(client) {
      const waitMs = recordOf(client).waitsUntil - clock.now();
      return waitMs > 0 ? Math.ceil(waitMs / 1_000) : null;
    },
    typed: (client, token) => count(client, token, true),
    sent: (client, token) => count(client, token, false),
  };
}
