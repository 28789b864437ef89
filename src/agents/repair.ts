type Fields = Readonly<Record<string, unknown>>;

/**
 * A reply with what an agent often gets wrong put right: a number where a text belongs, empty fields, a choice without a
 * value, a picture that no platform would fetch. `null`: there is nothing to say. What isn't known is left as it is.
 */
export function repaired(value: unknown): unknown {
  const reply = asReply(wellFormed(value));
  if (!isFields(reply)) return reply;
  switch (reply.type) {
    case "text":
      return isEmpty(reply.text) ? null : withTexts(reply, "text");
    case "image":
    case "video":
    case "audio":
    case "file":
      return media(withoutEmpty(withTexts(reply, "name", "caption"), "previewUrl", "name", "caption", "replyTo"));
    case "choices":
      return choices(withTexts(reply, "text"));
    case "card":
      return card(reply);
    case "carousel":
      return Array.isArray(reply.cards) ? { ...reply, cards: reply.cards.map(card) } : reply;
    default:
      return reply;
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown) => value === null || (typeof value === "string" && value.trim() === "");
const isSayable = (value: unknown) => typeof value === "number" || typeof value === "boolean";
const isPlainHttp = (value: unknown): value is string => typeof value === "string" && /^http:\/\//i.test(value);

/** A plain text, number or flag is a text. */
function asReply(value: unknown): unknown {
  // As of `isOpen && "We are open."`.
  if (value === false) return null;
  if (typeof value === "string") return { type: "text", text: value };
  return isSayable(value) ? { type: "text", text: String(value) } : value;
}

/** A database keeps no half of a surrogate pair, as of a text that was cut in the middle of an emoji. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name.toWellFormed(), wellFormed(one)]));
}

function withTexts(fields: Fields, ...names: readonly string[]): Fields {
  const texts = names.filter((name) => isSayable(fields[name])).map((name) => [name, String(fields[name])]);
  return { ...fields, ...Object.fromEntries(texts) };
}

function withoutEmpty(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !(names.includes(name) && isEmpty(value))),
  );
}

/** Platforms fetch from `https` only: the person gets the link. */
function media(reply: Fields): Fields {
  const { previewUrl, ...rest } = reply;
  if (isPlainHttp(reply.url)) return { type: "text", text: lines(reply.caption, reply.url) };
  return isPlainHttp(previewUrl) ? rest : reply;
}

/** Without any choice it is a text; a choice without a value returns its label. */
function choices(reply: Fields): Fields | null {
  if (!Array.isArray(reply.choices)) return reply;
  const list = reply.choices
    .map((choice) => (typeof choice === "string" || isSayable(choice) ? { label: String(choice) } : choice))
    .map((choice) => (isFields(choice) && isEmpty(choice.label ?? null) ? { ...choice, label: choice.value } : choice))
    .filter((choice) => !(isFields(choice) && isEmpty(choice.label ?? null)))
    .map((choice) => (isFields(choice) ? withTexts(choice, "label", "value") : choice))
    .map((choice) => (isFields(choice) && isEmpty(choice.value ?? null) ? { ...choice, value: choice.label } : choice));
  if (list.length > 0) return { ...reply, choices: list };
  return isEmpty(reply.text) ? null : { type: "text", text: reply.text };
}

function card(value: unknown): unknown {
  if (!isFields(value)) return value;
  const given = withoutEmpty(withTexts(value, "title", "text"), "text", "imageUrl", "replyTo");
  const { imageUrl, ...rest } = given;
  const shown = isPlainHttp(imageUrl) ? { ...rest, text: lines(given.text, imageUrl) } : given;
  // A card of a text alone.
  const titled = isEmpty(shown.title ?? null) && !isEmpty(shown.text ?? null) ? titledByText(shown) : shown;
  const { actions } = titled;
  return Array.isArray(actions) ? { ...titled, actions: actions.map(action) } : titled;
}

function titledByText({ text, ...rest }: Fields): Fields {
  return { ...rest, title: text };
}

function action(value: unknown): unknown {
  if (!isFields(value)) return value;
  const given = withoutEmpty(withTexts(value, "label", "value"), "value", "url");
  return given.value === undefined && given.url === undefined ? { ...given, value: given.label } : given;
}

const lines = (...texts: readonly unknown[]) => texts.filter((one) => typeof one === "string").join("\n");
