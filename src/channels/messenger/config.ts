import { check, credential } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { type Given, setting } from "../../settings/setting.ts";
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
}

export type ResolvedMessengerOptions = Readonly<ResolvedMetaOptions & Pick<MessengerOptions, "pageId">>;

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
  ...META_SETTINGS,
} as const;

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveMessengerOptions({ pageAccessToken, ...options }: MessengerOptions): ResolvedMessengerOptions {
  return Object.freeze({
    ...resolveMetaOptions({ ...options, accessToken: check("pageAccessToken", credential, pageAccessToken) }),
    pageId: check("pageId", platformId, options.pageId),
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
