/**
 * WhatsApp's limits. It doesn't document how "characters" are counted, so UTF-16 units are counted, the strictest
 * count.
 */

/** `text.body` (Cloud API: Text messages). */
export const TEXT_LIMIT = 4_096;
/** Caption of an image, video or document (Cloud API: Media messages). */
export const CAPTION_LIMIT = 1_024;
/** Interactive reply buttons (Cloud API: Interactive reply buttons messages). */
export const BUTTONS = { count: 3, title: 20, id: 256, body: 1_024 } as const;
/** Interactive list (Cloud API: Interactive list messages). */
export const LIST = { rows: 10, button: 20, rowId: 200, rowTitle: 24, rowDescription: 72, body: 4_096 } as const;
/** A link button (Cloud API: Interactive call-to-action URL button messages). */
export const LINK_BUTTON = { title: 20, body: 1_024 } as const;
