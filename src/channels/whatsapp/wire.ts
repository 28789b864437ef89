/**
 * Tolerant reader of what WhatsApp sends: Meta adds types and fields without notice, so every field may be missing and
 * every value unknown. Parsed without a schema, for speed before the ack.
 */

/** An object of unknown content. The listed fields are those that are read, at any depth. */
export interface WireObject {
  readonly [field: string]: unknown;
  readonly biz_opaque_callback_data?: unknown;
  readonly body?: unknown;
  readonly button?: unknown;
  readonly button_reply?: unknown;
  readonly caption?: unknown;
  readonly changes?: unknown;
  readonly code?: unknown;
  readonly contacts?: unknown;
  readonly context?: unknown;
  readonly current?: unknown;
  readonly description?: unknown;
  readonly details?: unknown;
  readonly entry?: unknown;
  readonly error_data?: unknown;
  readonly errors?: unknown;
  readonly field?: unknown;
  readonly from?: unknown;
  readonly from_user_id?: unknown;
  readonly group_id?: unknown;
  readonly groups?: unknown;
  readonly id?: unknown;
  readonly input?: unknown;
  readonly interactive?: unknown;
  readonly list_reply?: unknown;
  readonly message?: unknown;
  readonly message_echoes?: unknown;
  readonly messages?: unknown;
  readonly metadata?: unknown;
  readonly name?: unknown;
  readonly nfm_reply?: unknown;
  readonly payload?: unknown;
  readonly phone_number_id?: unknown;
  readonly previous?: unknown;
  readonly profile?: unknown;
  readonly recipient?: unknown;
  readonly recipient_id?: unknown;
  readonly recipient_participant_id?: unknown;
  readonly recipient_type?: unknown;
  readonly recipient_user_id?: unknown;
  readonly referral?: unknown;
  readonly response_json?: unknown;
  readonly status?: unknown;
  readonly statuses?: unknown;
  readonly system?: unknown;
  readonly text?: unknown;
  readonly timestamp?: unknown;
  readonly title?: unknown;
  readonly to?: unknown;
  readonly to_user_id?: unknown;
  readonly type?: unknown;
  readonly user_id?: unknown;
  readonly user_id_update?: unknown;
  readonly value?: unknown;
  readonly wa_id?: unknown;
}

export function readObject(value: unknown): WireObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as WireObject) : null;
}

export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function readText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** An id; in older webhooks of groups phone numbers are JSON numbers. */
export function readId(value: unknown): string | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : readText(value);
}

/** The largest valid `Date`, in seconds (ECMAScript: 8.64e15 ms). */
const LATEST_DATE_S = 8_640_000_000_000;

/** `timestamp`, epoch seconds as text, in ms; 0, which sorts first, when there is none. */
export function readSeconds(value: unknown): number {
  const text = typeof value === "number" ? String(Math.floor(value)) : (readText(value) ?? "");
  const seconds = /^\d{1,13}$/.test(text) ? Number(text) : 0;
  return seconds <= LATEST_DATE_S ? seconds * 1_000 : 0;
}

/** Message types with an object under their own name (Cloud API: messages webhook). */
export const CONTENT_TYPES: ReadonlySet<string> = new Set([
  "text",
  "image",
  "video",
  "audio",
  "document",
  "sticker",
  "location",
  "contacts",
  "order",
]);

/** Message types that are stored but not answered. */
export const STORED_ONLY_TYPES: ReadonlySet<string> = new Set(["reaction", "system", "request_welcome"]);

/** Fields of every message; the others are specific to its type. */
export const COMMON_MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "type",
  "from",
  "from_user_id",
  "from_parent_user_id",
  "timestamp",
  "to",
  "to_user_id",
]);

/** Documented values of a change's `field`; any other becomes `other`. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "account_alerts",
  "account_review_update",
  "account_update",
  "business_capability_update",
  "business_username_updates",
  "calls",
  "flows",
  "group_lifecycle_update",
  "group_participants_update",
  "group_settings_update",
  "group_status_update",
  "history",
  "message_template_components_update",
  "message_template_quality_update",
  "message_template_status_update",
  "payment_configuration_update",
  "phone_number_name_update",
  "phone_number_quality_update",
  "security",
  "smb_app_state_sync",
  "template_category_update",
  "user_id_update",
  "user_preferences",
]);

/** A business-scoped user id: country code, dot, up to 128 letters and digits; `US.ENT.…` is a parent id. */
const USER_ID_FORM = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

export function isUserId(peerId: string): boolean {
  return USER_ID_FORM.test(peerId);
}
