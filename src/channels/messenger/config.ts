import {
  META_VARIABLES,
  type MetaOptions,
  metaFromEnvironment,
  platformId,
  resolveMetaOptions,
  wholeMs,
} from "../meta/config.ts";

/** One Facebook page, as people write it. */
export interface MessengerOptions extends MetaOptions {
  /** The page's id. A webhook says in its signed body which page it is for; only what is for this one is taken in. */
  readonly pageId: string;
  /**
   * How long the bot says nothing in a conversation after a person of yours has answered in it by hand, in the page's
   * inbox or with another app, in ms. Default 0: it isn't paused. At most 7 days.
   */
  readonly humanPauseMs?: number;
}

export type ResolvedMessengerOptions = Readonly<Required<MessengerOptions>>;

const WEEK_MS = 7 * 24 * 60 * 60_000;

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveMessengerOptions(options: MessengerOptions): ResolvedMessengerOptions {
  return Object.freeze({
    ...resolveMetaOptions(options),
    pageId: platformId("pageId", options.pageId),
    humanPauseMs: wholeMs("humanPauseMs", options.humanPauseMs ?? 0, 0, WEEK_MS),
  });
}

const NAMES = {
  appSecret: "MESSENGER_APP_SECRET",
  accessToken: "MESSENGER_PAGE_ACCESS_TOKEN",
  verifyToken: "MESSENGER_VERIFY_TOKEN",
  identity: "MESSENGER_PAGE_ID",
} as const;
const HUMAN_PAUSE = "MESSENGER_HUMAN_PAUSE_MS";

/** The variables that `messengerFromEnvironment` knows. */
export const MESSENGER_VARIABLES = [...Object.values(NAMES), HUMAN_PAUSE, ...META_VARIABLES] as const;

/**
 * The page that the environment describes; `null` when it describes none. Values are trimmed, and an empty one counts as
 * absent. Throws `Misconfigured` and names the variable when one of the four is missing or isn't what it should be.
 */
export function messengerFromEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): MessengerOptions | null {
  const shared = metaFromEnvironment(variables, NAMES);
  if (shared === null) return null;
  const { identity: pageId, ...options } = shared;
  const pause = variables[HUMAN_PAUSE]?.trim() || undefined;
  return {
    ...options,
    pageId,
    ...(pause === undefined ? {} : { humanPauseMs: wholeMs(HUMAN_PAUSE, pause, 0, WEEK_MS) }),
  };
}
