import { z } from "zod";
import { check, credential, flag, type Kind, milliseconds, textUpTo, unspacedText } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { fill, type Given, setting } from "../../settings/setting.ts";
import {
  allOrNone,
  META_CREDENTIALS,
  META_SETTINGS,
  type MetaOptions,
  platformId,
  type ResolvedMetaOptions,
  resolveMetaOptions,
} from "../meta/config.ts";
import { LIST } from "./render/limits.ts";

/** Options of `whatsapp()`: one WhatsApp Business phone number. */
export interface WhatsAppOptions extends MetaOptions {
  /** Phone number id, digits, from the app's dashboard; not the phone number itself. */
  readonly phoneNumberId: string;
  /**
   * Merge the replies of one turn into as few messages as the limits allow: each is billed (WhatsApp: Pricing,
   * 2026-10-01). Default true; false: one message or more for each reply.
   */
  readonly mergeReplies?: boolean;
  /**
   * How long the next message of an answer waits for the receipt `delivered` of the one before it, in ms, because
   * WhatsApp doesn't keep the order of messages sent at once (Cloud API: Messages). Default 0: no wait. At most 60 000.
   */
  readonly awaitDeliveredMs?: number;
  /**
   * Approved template with one variable, `{{1}}` in its body, for a text after the 24-hour window. Default `null`: such
   * an answer is parked until the person writes again.
   */
  readonly windowTemplate?: { readonly name: string; readonly language: string } | null;
  /** Read mark and typing indicator while the agent works. Default true. */
  readonly typingIndicator?: boolean;
  /** Label of the button that opens a list of choices, up to 20 characters. Default `Options`. */
  readonly listButton?: string;
  /**
   * Host of media downloads, the only one besides `graphBaseUrl` that gets the token. Default `lookaside.fbsbx.com`, or
   * the host of `graphBaseUrl` when that isn't Meta's.
   */
  readonly mediaHost?: string;
}

export interface ResolvedWhatsAppOptions extends ResolvedMetaOptions, Required<WhatsAppOptions> {}

const META_MEDIA_HOST = "lookaside.fbsbx.com";
const META_GRAPH_HOST = "graph.facebook.com";
/** Our own limit: a phone that is off must not delay the rest of an answer for longer. */
const AWAIT_DELIVERED_MAX_MS = 60_000;

type Template = NonNullable<WhatsAppOptions["windowTemplate"]>;

/** `late_answer:en_US` */
const template: Kind<Template> = {
  schema: z.strictObject({
    name: z.string().regex(/^[a-z0-9_]{1,512}$/),
    language: z.string().regex(/^[A-Za-z_]{2,16}$/),
  }),
  allowed: "a template's name and language, as in late_answer:en_US",
  fromText: (text) => {
    const [name, language, ...more] = text.split(":");
    return language === undefined || more.length > 0 ? text : { name, language };
  },
  isText: true,
  secrecy: "open",
  example: "late_answer:en_US",
  malformed: "late answer",
};

const CREDENTIALS = {
  appSecret: META_CREDENTIALS.appSecret,
  accessToken: setting(credential, { default: null, meaning: "access token for API calls", isOwn: true }),
  verifyToken: META_CREDENTIALS.verifyToken,
  phoneNumberId: setting(platformId, {
    default: null,
    meaning: "phone number id, from the app's dashboard; WhatsApp is off unless all four credentials are set",
    isOwn: true,
    isId: true,
  }),
} as const;

const PREFERENCES = {
  mergeReplies: setting(flag, {
    default: true,
    meaning:
      "merge the replies of a turn into as few messages as the limits allow, because each is billed; `off`: one or more for each reply",
  }),
  awaitDeliveredMs: setting(milliseconds(0, AWAIT_DELIVERED_MAX_MS), {
    default: 0,
    meaning:
      "how long the next message waits for the receipt `delivered` of the one before it: WhatsApp doesn't keep the order of messages sent at once; 0: no wait",
  }),
  windowTemplate: setting(template, {
    default: null,
    meaning:
      "`name:language` of a template with one variable, for a text after the 24-hour window; default: such an answer is parked",
  }),
  typingIndicator: setting(flag, { default: true, meaning: "read mark and typing indicator while the agent works" }),
  listButton: setting(textUpTo(LIST.button, "Auswahl"), {
    default: "Options",
    meaning: `label of the button that opens a list of choices, up to ${LIST.button} characters`,
  }),
  mediaHost: setting(unspacedText, {
    default: null,
    defaultWords: META_MEDIA_HOST,
    meaning: "host of media downloads, the only one besides the Graph API that gets the token",
  }),
} as const;

const WHATSAPP_SETTINGS = { ...CREDENTIALS, ...PREFERENCES, ...META_SETTINGS } as const;

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveWhatsAppOptions(options: WhatsAppOptions): ResolvedWhatsAppOptions {
  const meta = resolveMetaOptions(options);
  const preferences = fill(PREFERENCES, options);
  const graphHost = new URL(meta.graphBaseUrl).host;
  return Object.freeze({
    ...meta,
    ...preferences,
    phoneNumberId: check("phoneNumberId", platformId, options.phoneNumberId),
    mediaHost: preferences.mediaHost ?? (graphHost === META_GRAPH_HOST ? META_MEDIA_HOST : graphHost),
  });
}

export const WHATSAPP_SECTION: Section<WhatsAppOptions, typeof WHATSAPP_SETTINGS> = {
  name: "whatsapp",
  settings: WHATSAPP_SETTINGS,
  account: whatsappAccount,
  resolve: resolveWhatsAppOptions,
};

function whatsappAccount(
  given: Given<typeof WHATSAPP_SETTINGS>,
  nameOf: (key: keyof typeof WHATSAPP_SETTINGS) => string,
): WhatsAppOptions | null {
  const { appSecret, accessToken, verifyToken, phoneNumberId, ...rest } = given;
  const set = allOrNone({ appSecret, accessToken, verifyToken, phoneNumberId }, nameOf);
  return set === null ? null : { ...rest, ...set };
}
