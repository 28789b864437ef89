/**
 * Tolerant reader of what WhatsApp sends: Meta adds types and fields without notice, so every field may be missing and
 * every value unknown. Parsed without a schema, for speed before the ack.
 */

/** A person's message types that carry their own object under their own name (Cloud API: messages webhook). */
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

/** Customer service window: free-form messages until 24 hours after the person's last one (Cloud API). */
export const WINDOW_MS = 24 * 60 * 60_000;
/** The window after a message by an ad or a page's button (WhatsApp: Pricing, "Free entry point"). */
export const FREE_ENTRY_MS = 72 * 60 * 60_000;

/** A business-scoped user id: country code, dot, up to 128 letters and digits; `US.ENT.…` is a parent id. */
const USER_ID_FORM = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

export function isUserId(peerId: string): boolean {
  return USER_ID_FORM.test(peerId);
}
