import type { Config } from "../../config/config.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { Misconfigured, Unavailable } from "../../core/errors.ts";
import type { ErasedBytes } from "../../store/erasure.ts";
import { openStore } from "../../store/index.ts";
import type { Store } from "../../store/store.ts";
import { type ForgetOutcome, type Forgotten, forget } from "./forget.ts";

export interface ForgetOptions {
  readonly channel?: string;
  readonly account?: string;
}

/** `turnpike forget` for every selected account: the output, and whether all is deleted. */
export async function forgetPerson(
  config: Config,
  peerId: string,
  options: ForgetOptions,
): Promise<{ text: string; isDone: boolean }> {
  const accounts = accountsOf(config, options);
  const store = await openStore(config.databaseUrl, { notify: false });
  try {
    const results: { where: string; outcome: ForgetOutcome }[] = [];
    for (const { channel, account } of accounts) {
      results.push({
        where: accountKeyOf({ channel, account }),
        outcome: await forget(store, { channel, account, peerId }),
      });
    }
    // Whatever was found: an interrupted command may have deleted rows before, and not their bytes.
    const erased = await eraseDeleted(store);
    const kinds = results.map(({ outcome }) => outcome.kind);
    const isDone = kinds.includes("forgotten") && !kinds.includes("busy") && erased.isDone;
    return {
      text: [...results.map(({ where, outcome }) => `${where}: ${sentence(outcome)}`), erased.text].join("\n"),
      isDone,
    };
  } finally {
    await store.close();
  }
}

const BYTES: Readonly<Record<ErasedBytes, { readonly text: string; readonly isDone: boolean }>> = {
  erased: { text: "What was deleted is overwritten in the database's files.", isDone: true },
  "log-in-use": {
    text: "What was deleted is still in the database's log: another program has the file open. End it, and run this again.",
    isDone: false,
  },
  "left-to-vacuum": {
    text: "PostgreSQL keeps the bytes of deleted rows in its files until it uses their place again: docs/deploying.md.",
    isDone: true,
  },
};

async function eraseDeleted(store: Store): Promise<{ readonly text: string; readonly isDone: boolean }> {
  try {
    return BYTES[await store.eraseDeleted()];
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const text =
      `What was deleted is still in the free space of the database's file: ${error.message}. Rewriting it needs twice ` +
      "its size on the disk: make room, and run this again.";
    return { text, isDone: false };
  }
}

type Account = { readonly channel: string; readonly account: string };

/** With both options the account need not be configured any more. */
function accountsOf({ channels }: Config, { channel, account }: ForgetOptions): readonly Account[] {
  if (channel !== undefined && account !== undefined) return [{ channel, account }];
  const accounts = channels
    .map((one) => ({ channel: one.channel, account: one.account }))
    .filter((one) => one.channel === (channel ?? one.channel) && one.account === (account ?? one.account));
  if (accounts.length > 0) return accounts;
  throw new Misconfigured(
    "no matching account is configured: set both --channel and --account, as in --channel line --account default",
  );
}

function sentence(outcome: ForgetOutcome): string {
  switch (outcome.kind) {
    case "nobody":
      return "no person with that id is known; nothing was deleted";
    case "busy":
      return "a message to them is being sent; nothing was deleted. Run it again in a minute";
    case "forgotten":
      return `deleted ${counts(outcome)}. The deduplication keys of their events stay, so that a redelivered copy isn't stored again`;
    default:
      return outcome satisfies never;
  }
}

function counts({ turns, events, deliveries, peerIds, inGroups }: Forgotten): string {
  const inOthers = inGroups === 0 ? "" : `, and the content of ${inGroups} events in groups`;
  return `${turns} turns, ${events} events with their payloads, ${deliveries} messages to them, ${peerIds} ids${inOthers}`;
}
