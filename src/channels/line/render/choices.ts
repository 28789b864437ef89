import type { ChoicesReply } from "../../../core/reply.ts";
import { isBlank, numbered } from "../../render.ts";
import { actionOf, flexButton, QUICK_REPLY_LABEL_LIMIT } from "./buttons.ts";
import { BUBBLE_BYTES, column, type FlexBubble, flexMessages, sizeOf } from "./flex.ts";
import { fits, type LineMessage, type LinePiece, texts } from "./piece.ts";
import { QUICK_REPLY_ITEMS_MAX } from "./quick-replies.ts";

/** Our own limit, for readability; a carousel of 12 bubbles holds more than a reply may have. */
const BUTTONS_PER_BUBBLE = 10;

/**
 * A question with quick replies. LINE shows them only below the newest message (Using quick replies), so a question
 * that isn't the last reply gets the buttons of a flex message, which stay.
 */
export function renderChoices(reply: ChoicesReply, isLast: boolean): LinePiece {
  const { choices } = reply;
  if (!isLast || choices.length > QUICK_REPLY_ITEMS_MAX) {
    const why = isLast ? `${choices.length} choices are more than ${QUICK_REPLY_ITEMS_MAX}` : "another reply follows";
    return { messages: buttonMessages(reply), adapted: [`its choices are buttons of a flex message: ${why}`] };
  }
  const isLong = choices.some(({ label }) => !fits(label, QUICK_REPLY_LABEL_LIMIT));
  const isEmpty = isBlank(reply.text);
  const said = texts(isLong || isEmpty ? `${reply.text}\n\n${numbered(labelsOf(reply))}` : reply.text);
  const items = choices.map((choice) => ({ type: "action", action: actionOf(choice, QUICK_REPLY_LABEL_LIMIT) }));
  const messages = said.map((message, index) =>
    index === said.length - 1 ? { ...message, quickReply: { items } } : message,
  );
  const why = isLong ? `a label is over ${QUICK_REPLY_LABEL_LIMIT} characters` : "it has no text";
  return { messages, adapted: isLong || isEmpty ? [`its choices are listed in the text as well: ${why}`] : [] };
}

const labelsOf = ({ choices }: ChoicesReply) => choices.map(({ label }) => label);

function buttonMessages(reply: ChoicesReply): LineMessage[] {
  const buttons = reply.choices.map(flexButton);
  const isLong = buttons.some(({ overflow }) => overflow !== null);
  const bubbles = columnsOf(buttons.map(({ button }) => button).filter((button) => button !== null));
  const [first, ...others] = bubbles.map((contents): FlexBubble => ({ contents, alt: "" }));
  const asked = first === undefined ? [] : [{ ...first, alt: reply.text }, ...others];
  return [...texts(isLong ? `${reply.text}\n\n${numbered(labelsOf(reply))}` : reply.text), ...flexMessages(asked)];
}

function columnsOf(buttons: readonly LineMessage[]): LineMessage[] {
  const columns: LineMessage[][] = [];
  for (const button of buttons) {
    const last = columns.at(-1);
    const hasRoom = last !== undefined && last.length < BUTTONS_PER_BUBBLE;
    if (hasRoom && sizeOf(bubbleOf([...last, button])) <= BUBBLE_BYTES) last.push(button);
    else columns.push([button]);
  }
  return columns.map(bubbleOf);
}

function bubbleOf(buttons: readonly LineMessage[]): LineMessage {
  return { type: "bubble", footer: column(buttons) };
}
