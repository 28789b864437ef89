/** PostgreSQL's text can't contain NUL: a text with one is stored with a replacement character, and not refused. */
export function replaceNul(text: string): string {
  return text.includes("\u0000") ? text.replaceAll("\u0000", "\uFFFD") : text;
}
