import { Misconfigured } from "../../core/errors.ts";
import {
  META_VARIABLES,
  type MetaOptions,
  metaFromEnvironment,
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
  readonly presence?: boolean;
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

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveWhatsAppOptions(options: WhatsAppOptions): ResolvedWhatsAppOptions {
  const meta = resolveMetaOptions(options);
  const graphHost = new URL(meta.graphBaseUrl).host;
  return Object.freeze({
    ...meta,
    phoneNumberId: platformId("phoneNumberId", options.phoneNumberId),
    mergeReplies: options.mergeReplies ?? true,
    awaitDeliveredMs: awaitMs("awaitDeliveredMs", options.awaitDeliveredMs ?? 0),
    windowTemplate: options.windowTemplate ?? null,
    presence: options.presence ?? true,
    listButton: listButton("listButton", options.listButton ?? "Options"),
    mediaHost: options.mediaHost ?? (graphHost === META_GRAPH_HOST ? META_MEDIA_HOST : graphHost),
  });
}

const NAMES = {
  appSecret: "WHATSAPP_APP_SECRET",
  accessToken: "WHATSAPP_ACCESS_TOKEN",
  verifyToken: "WHATSAPP_VERIFY_TOKEN",
  identity: "WHATSAPP_PHONE_NUMBER_ID",
} as const;

/** The variables that `whatsappFromEnvironment` knows. */
export const WHATSAPP_VARIABLES = [
  ...Object.values(NAMES),
  "WHATSAPP_MERGE_REPLIES",
  "WHATSAPP_AWAIT_DELIVERED_MS",
  "WHATSAPP_WINDOW_TEMPLATE",
  "WHATSAPP_PRESENCE",
  "WHATSAPP_LIST_BUTTON",
  ...META_VARIABLES,
] as const;

/** The number that the environment describes; `null` when it describes none. Throws `Misconfigured`. */
export function whatsappFromEnvironment(env: Readonly<Record<string, string | undefined>>): WhatsAppOptions | null {
  const meta = metaFromEnvironment(env, NAMES);
  if (meta === null) return null;
  const { identity: phoneNumberId, ...options } = meta;
  const read = <T>(name: string, field: string, parse: (name: string, value: string) => T) => {
    const value = env[name]?.trim();
    return value === undefined || value === "" ? {} : { [field]: parse(name, value) };
  };
  return {
    ...options,
    phoneNumberId,
    ...read("WHATSAPP_MERGE_REPLIES", "mergeReplies", yesOrNo),
    ...read("WHATSAPP_AWAIT_DELIVERED_MS", "awaitDeliveredMs", awaitMs),
    ...read("WHATSAPP_WINDOW_TEMPLATE", "windowTemplate", template),
    ...read("WHATSAPP_PRESENCE", "presence", yesOrNo),
    ...read("WHATSAPP_LIST_BUTTON", "listButton", listButton),
  };
}

function yesOrNo(field: string, value: string): boolean {
  if (value === "true" || value === "false") return value === "true";
  throw new Misconfigured(`${field} is ${JSON.stringify(value).slice(0, 80)}; allowed: true, false`);
}

/** `late_answer:en_US` */
function template(field: string, value: string): { name: string; language: string } {
  const [, name, language] = /^([a-z0-9_]{1,512}):([A-Za-z_]{2,16})$/.exec(value) ?? [];
  if (name !== undefined && language !== undefined) return { name, language };
  const shown = JSON.stringify(value).slice(0, 80);
  throw new Misconfigured(`${field} is ${shown}; allowed: a template's name and language, as in late_answer:en_US`);
}

function awaitMs(field: string, value: string | number): number {
  const ms = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 0 && ms <= AWAIT_MOST_MS) return ms;
  throw new Misconfigured(
    `${field} is ${JSON.stringify(value)}; allowed: whole milliseconds from 0 to ${AWAIT_MOST_MS}`,
  );
}

function listButton(field: string, value: string): string {
  if (value.trim() !== "" && value.length <= LIST.button) return value;
  throw new Misconfigured(`${field} is ${JSON.stringify(value).slice(0, 80)}; allowed: 1 to ${LIST.button} characters`);
}
