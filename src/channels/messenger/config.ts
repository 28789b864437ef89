import { check, credential, milliseconds } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { type Given, orDefault, setting } from "../../settings/setting.ts";
import {
  allOrNone,
  META_CREDENTIALS,
  META_SETTINGS,
  type MetaOptions,
  platformId,
  type ResolvedMetaOptions,
  resolveMetaOptions,
} from "../meta/config.ts";

/** Options of `messenger()`: one Facebook page. */
export interface MessengerOptions extends Omit<MetaOptions, "accessToken"> {
  /** Page access token for API calls. */
  readonly pageAccessToken: string;
  /** Page id. Parts of a webhook that name another page are not accepted. */
  readonly pageId: string;
  /**
   * How long the bot pauses in a conversation after a human agent answered in it, in the page's inbox or with another
   * app, in ms. Default 0: no pause. At most 7 days.
   */
  readonly humanPauseMs?: number;
}

export type ResolvedMessengerOptions = Readonly<
  ResolvedMetaOptions & Required<Pick<MessengerOptions, "pageId" | "humanPauseMs">>
>;

const WEEK_MS = 7 * 24 * 60 * 60_000;

const MESSENGER_SETTINGS = {
  appSecret: META_CREDENTIALS.appSecret,
  pageAccessToken: setting(credential, { default: null, meaning: "page access token for API calls", isOwn: true }),
  verifyToken: META_CREDENTIALS.verifyToken,
  pageId: setting(platformId, {
    default: null,
    meaning: "page id; Messenger is off unless all four credentials are set",
    isOwn: true,
    isId: true,
  }),
  humanPauseMs: setting(milliseconds(0, WEEK_MS), {
    default: 0,
    meaning: "handover: how long the bot pauses in a conversation after a human agent answered in it; 0: no pause",
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
