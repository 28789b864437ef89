import type { Action } from "../../../core/reply.ts";
import { asUri, fits, type LineMessage, shortenToCodePoints } from "./piece.ts";

/** LINE: `displayText` has up to 300 characters (Messaging API reference, "Postback action"). */
const DISPLAY_TEXT_LIMIT = 300;
const URI_LIMIT = 1_000;
/** LINE: allowed URI schemes (Messaging API reference, "URI action"). */
const SCHEME = /^(https?:\/\/|line:\/\/|tel:)/;

const FLEX_LABEL_LIMIT = 40;
export const QUICK_REPLY_LABEL_LIMIT = 20;

/** An action object; `null` for a URI that LINE doesn't allow on a button. */
export function actionOf(action: Action, labelLimit: number): LineMessage | null {
  const label = shortenToCodePoints(action.label, labelLimit);
  if (action.value !== undefined) {
    return {
      type: "postback",
      label,
      data: action.value,
      displayText: shortenToCodePoints(action.label, DISPLAY_TEXT_LIMIT),
    };
  }
  const uri = asUri(action.url, URI_LIMIT);
  return uri === null || !SCHEME.test(uri) ? null : { type: "uri", label, uri };
}

/** A button of a flex message, and the text that it can't show in full. */
export function flexButton(action: Action): { button: LineMessage | null; overflow: string | null } {
  const line = actionOf(action, FLEX_LABEL_LIMIT);
  if (line === null) return { button: null, overflow: `${action.label}\n${action.url}` };
  const button = { type: "button", style: "link", height: "sm", action: line };
  return { button, overflow: fits(action.label, FLEX_LABEL_LIMIT) ? null : action.label };
}
