import type { ChoicesReply } from "../../../core/reply.ts";
import { shortenToUnits } from "../../meta/render.ts";
import { isBlank, numbered } from "../../render.ts";
import { MESSAGE_LIMITS } from "./limits.ts";
import { fits, type PageMessage, type PagePiece, textPiece, texts } from "./piece.ts";

/**
 * A question with quick replies. They disappear with the next message (Messenger: Quick replies), so a question that
 * isn't the last reply gets buttons, which stay, or a numbered list.
 */
export function renderChoices(reply: ChoicesReply, isLast: boolean): PagePiece {
  const { choices, text } = reply;
  const labels = choices.map(({ label }) => label);
  const listed = `${text}\n\n${numbered(labels)}`;
  if (choices.some(({ value }) => !fits(value, MESSAGE_LIMITS.payload))) {
    return textPiece(listed, [`its choices are a numbered text: a value is over ${MESSAGE_LIMITS.payload} characters`]);
  }
  if (!isLast) return renderStaying(reply, listed);
  if (choices.length > MESSAGE_LIMITS.quickReplies) {
    return textPiece(listed, [
      `its choices are a numbered text: ${choices.length} of them are more than ${MESSAGE_LIMITS.quickReplies}`,
    ]);
  }
  const isLong = labels.some((label) => !fits(label, MESSAGE_LIMITS.quickReplyTitle));
  const isEmpty = isBlank(text);
  const messages = texts(isLong || isEmpty ? listed : text);
  const quickReplies = choices.map(({ label, value }) => ({
    content_type: "text",
    title: shortenToUnits(label, MESSAGE_LIMITS.quickReplyTitle),
    payload: value,
  }));
  const why = isLong ? `a label is over ${MESSAGE_LIMITS.quickReplyTitle} characters` : "it has no text";
  return {
    messages: messages.map((given, index): PageMessage => {
      if (index < messages.length - 1) return given;
      return { ...given, message: { ...given.message, quick_replies: quickReplies } };
    }),
    adapted: isLong || isEmpty ? [`its choices are listed in the text as well: ${why}`] : [],
  };
}

function renderStaying({ text, choices }: ChoicesReply, listed: string): PagePiece {
  const hasRoom = choices.length <= MESSAGE_LIMITS.buttons && fits(text, MESSAGE_LIMITS.buttonText) && !isBlank(text);
  if (!hasRoom || choices.some(({ label }) => !fits(label, MESSAGE_LIMITS.buttonTitle))) {
    return textPiece(listed, ["its choices are a numbered text: another reply follows, and they don't fit on buttons"]);
  }
  const buttons = choices.map(({ label, value }) => ({ type: "postback", title: label, payload: value }));
  const payload = { template_type: "button", text, buttons };
  return {
    messages: [{ message: { attachment: { type: "template", payload } } }],
    adapted: ["its choices are buttons: another reply follows"],
  };
}
