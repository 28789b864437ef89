import { z } from "zod";
import { check, credential, credentials, flag, type Kind, milliseconds, textUpTo, word } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { fill, type Given, setting } from "../../settings/setting.ts";
import {
  allOrNone,
  META_SETTINGS,
  type MetaOptions,
  platformId,
  type ResolvedMetaOptions,
  resolveMetaOptions,
} from "../meta/config.ts";
import { LIST } from "./render/limits.ts";

/** One WhatsApp Business phone number, as people write it. */
export interface WhatsAppOptions extends MetaOptions {
  /** The number's id, a number of digits in the app's dashboard; not the phone number itself. */
  readonly phoneNumberId: string;
  /**
   * Replies of one turn become as few messages as the limits allow: each is billed (WhatsApp: Pricing, 2026-10-01).
   * Default true; false keeps each reply a bubble of its own.
   */
  readonly mergeReplies?: boolean;
  /**
   * How long (ms) the next message of an answer waits for the one before to arrive, because WhatsApp doesn't keep the
   * order of messages that are sent at once (Cloud API: Messages). Default 0: no waiting.
   */
  readonly awaitDeliveredMs?: number;
  /**
   * An approved template whose only variable, `{{1}}` in its body, takes a text that comes after the 24 hours. Default:
   * none, and such an answer waits until the person writes again.
   */
  readonly windowTemplate?: { readonly name: string; readonly language: string } | null;
  /** "Read" and "is typing" while the agent works. Default true. */
  readonly typingIndicator?: boolean;
  /** The words on the button that opens a list of choices, up to 20 characters. Default `Options`. */
  readonly listButton?: string;
  /**
   * The host that content of people's messages is fetched from. The token is sent to this host and to no other. Default
   * `lookaside.fbsbx.com`, or the host of `graphBaseUrl` when that isn't Meta's.
   */
  readonly mediaHost?: string;
}

export interface ResolvedWhatsAppOptions extends ResolvedMetaOptions, Required<WhatsAppOptions> {}

const META_MEDIA_HOST = "lookaside.fbsbx.com";
const META_GRAPH_HOST = "graph.facebook.com";
/** Longer, and a person whose phone is off would wait for the rest of the answer longer than for the first part. */
const AWAIT_MOST_MS = 60_000;

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

/** What one phone number must have. */
const CREDENTIALS = {
  appSecret: setting(credentials, {
    default: null,
    meaning: "several, separated by commas, while one is being rotated",
    isOwn: true,
  }),
  accessToken: setting(credential, { default: null, meaning: "the token that calls are made with", isOwn: true }),
  verifyToken: setting(credential, {
    default: null,
    meaning: "the one that the app's dashboard asks for with the webhook's address",
    isOwn: true,
  }),
  phoneNumberId: setting(platformId, {
    default: null,
    meaning: "the number's id in the dashboard; all four, or WhatsApp is off",
    isOwn: true,
    isId: true,
  }),
} as const;

const PREFERENCES = {
  mergeReplies: setting(flag, {
    default: true,
    meaning:
      "the replies of a turn become as few messages as the limits allow: each is billed; `false`: each a bubble of its own",
  }),
  awaitDeliveredMs: setting(milliseconds(0, AWAIT_MOST_MS), {
    default: 0,
    meaning:
      "how long the next message waits for the one before to arrive: WhatsApp keeps no order of messages sent at once",
  }),
  windowTemplate: setting(template, {
    default: null,
    meaning:
      "`name:language` of a template whose one variable takes a text after the 24 hours; without it such an answer waits",
  }),
  typingIndicator: setting(flag, { default: true, meaning: '"read" and "is typing" while the agent works' }),
  listButton: setting(textUpTo(LIST.button, "Auswahl"), {
    default: "Options",
    meaning: `the words on the button that opens a list of choices, up to ${LIST.button} characters`,
  }),
  mediaHost: setting(word, {
    default: null,
    defaultWords: META_MEDIA_HOST,
    meaning: "the host that content of people's messages is fetched from, and the only one that gets the token there",
  }),
} as const;

/** One phone number. */
export const WHATSAPP_SETTINGS = { ...CREDENTIALS, ...PREFERENCES, ...META_SETTINGS } as const;

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

/** What WhatsApp brings to the settings. */
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
