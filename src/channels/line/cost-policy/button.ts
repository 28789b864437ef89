import type { SystemMessageKind } from "../../../core/slow-reply.ts";
import type { SystemMessageTexts } from "../config/cost-policy.ts";

/** Prefix of the gateway's own postbacks, which the agent never sees. */
const POSTBACK_PREFIX = "turnpike:answer:";

/** The callback token of one of the gateway's buttons; `null` for a postback of the agent. */
export function callbackTokenOf(postbackData: string): string | null {
  return postbackData.startsWith(POSTBACK_PREFIX) ? postbackData.slice(POSTBACK_PREFIX.length) : null;
}

export function systemMessages(
  texts: SystemMessageTexts,
  kind: SystemMessageKind,
  callbackToken: string,
): readonly unknown[] {
  switch (kind) {
    case "prompt":
    case "working":
      return [withButton(texts[kind], texts.show, callbackToken)];
    case "delivered":
    case "failed":
    case "expired":
      return [{ type: "text", text: texts[kind] }];
    case "not-yours":
      return [{ type: "text", text: texts.notYours }];
    default:
      return kind satisfies never;
  }
}

function withButton(text: string, label: string, callbackToken: string): unknown {
  return {
    type: "template",
    altText: text,
    template: { type: "buttons", text, actions: [postbackAction(label, callbackToken)] },
  };
}

/** An action whose tap brings the callback token back. */
export function postbackAction(label: string, callbackToken: string) {
  return { type: "postback", label, data: `${POSTBACK_PREFIX}${callbackToken}` };
}
