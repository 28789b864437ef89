import type { Config } from "../../config/config.ts";
import { Misconfigured } from "../../core/errors.ts";
import { openStore } from "../../store/index.ts";
import { type ForgetOutcome, type Forgotten, forget } from "./forget.ts";

export interface ForgetOptions {
  readonly channel?: string;
  readonly account?: string;
}

/** `turnpike forget`: at every account that the settings and the options name. What to tell, and whether it is all done. */
export async function forgetPerson(
  config: Config,
  peerId: string,
  options: ForgetOptions,
): Promise<{ text: string; isDone: boolean }> {
  const accounts = accountsOf(config, options);
  const store = await openStore(config.databaseUrl, { notify: false });
  try {
    const told: { where: string; outcome: ForgetOutcome }[] = [];
    for (const { channel, account } of accounts) {
      told.push({ where: `${channel}/${account}`, outcome: await forget(store, { channel, account, peerId }) });
    }
    const kinds = told.map(({ outcome }) => outcome.kind);
    const isDone = kinds.includes("forgotten") && !kinds.includes("busy");
    return { text: told.map(({ where, outcome }) => `${where}: ${sentence(outcome)}`).join("\n"), isDone };
  } finally {
    await store.close();
  }
}

type Account = { readonly channel: string; readonly account: string };

/** Both options together name an account that need not be configured any more. */
function accountsOf({ channels }: Config, { channel, account }: ForgetOptions): readonly Account[] {
  if (channel !== undefined && account !== undefined) return [{ channel, account }];
  const accounts = channels
    .map((one) => ({ channel: one.channel, account: one.account }))
    .filter((one) => one.channel === (channel ?? one.channel) && one.account === (account ?? one.account));
  if (accounts.length > 0) return accounts;
  throw new Misconfigured(
    "no account of that name is configured: name --channel and --account, as in --channel line --account default",
  );
}

function sentence(outcome: ForgetOutcome): string {
  switch (outcome.kind) {
    case "nobody":
      return "nobody of that id is known; nothing was deleted";
    case "busy":
      return "a message to them is on its way; nothing was deleted. Run it again in a minute";
    case "forgotten":
      return `deleted ${counts(outcome)}. The keys of what they sent stay, so that a late copy isn't taken in again`;
    default:
      return outcome satisfies never;
  }
}

function counts({ turns, events, deliveries, names, inGroups }: Forgotten): string {
  const inOthers = inGroups === 0 ? "" : `, and the words of ${inGroups} events in groups`;
  return `${turns} turns, ${events} events with their payloads, ${deliveries} messages to them, ${names} names${inOthers}`;
}
