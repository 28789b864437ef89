import { check, credential, credentials, milliseconds } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { type Given, orDefault, setting } from "../../settings/setting.ts";
import {
  allOrNone,
  META_SETTINGS,
  type MetaOptions,
  platformId,
  type ResolvedMetaOptions,
  resolveMetaOptions,
} from "../meta/config.ts";

/** One Facebook page, as people write it. */
export interface MessengerOptions extends Omit<MetaOptions, "accessToken"> {
  /** The page's access token, which calls are made with. */
  readonly pageAccessToken: string;
  /** The page's id. A webhook says in its signed body which page it is for; only what is for this one is taken in. */
  readonly pageId: string;
  /**
   * How long the bot says nothing in a conversation after a person of yours has answered in it by hand, in the page's
   * inbox or with another app, in ms. Default 0: it isn't paused. At most 7 days.
   */
  readonly humanPauseMs?: number;
}

export type ResolvedMessengerOptions = Readonly<
  ResolvedMetaOptions & Required<Pick<MessengerOptions, "pageId" | "humanPauseMs">>
>;

const WEEK_MS = 7 * 24 * 60 * 60_000;

/** One page. */
export const MESSENGER_SETTINGS = {
  appSecret: setting(credentials, {
    default: null,
    meaning: "several, separated by commas, the current one first",
    isOwn: true,
  }),
  pageAccessToken: setting(credential, { default: null, meaning: "the token that calls are made with", isOwn: true }),
  verifyToken: setting(credential, {
    default: null,
    meaning: "the one that the app's dashboard asks for with the webhook's address",
    isOwn: true,
  }),
  pageId: setting(platformId, {
    default: null,
    meaning: "the page's id; all four, or Messenger is off",
    isOwn: true,
    isId: true,
  }),
  humanPauseMs: setting(milliseconds(0, WEEK_MS), {
    default: 0,
    meaning:
      "how long the bot says nothing in a conversation after a person of yours has answered in it; 0: it isn't paused",
  }),
  ...META_SETTINGS,
} as const;

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveMessengerOptions({ pageAccessToken, ...options }: MessengerOptions): ResolvedMessengerOptions {
  return Object.freeze({
    ...resolveMetaOptions({ ...options, accessToken: check("pageAccessToken", credential, pageAccessToken) }),
    pageId: check("pageId", platformId, options.pageId),
    humanPauseMs: orDefault("humanPauseMs", MESSENGER_SETTINGS.humanPauseMs, options.humanPauseMs),
  });
}

/** What Messenger brings to the settings. */
export const MESSENGER_SECTION: Section<MessengerOptions, typeof MESSENGER_SETTINGS> = {
  name: "messenger",
  settings: MESSENGER_SETTINGS,
  account: messengerAccount,
  resolve: resolveMessengerOptions,
};

function messengerAccount(
  given: Given<typeof MESSENGER_SETTINGS>,
  nameOf: (key: keyof typeof MESSENGER_SETTINGS) => string,
): MessengerOptions | null {
  const { appSecret, pageAccessToken, verifyToken, pageId, ...rest } = given;
  const set = allOrNone({ appSecret, pageAccessToken, verifyToken, pageId }, nameOf);
  return set === null ? null : { ...rest, ...set };
}
