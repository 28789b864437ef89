/** Reads JSON of which nothing is certain: what a person or a bot sent in a platform's form. */
export type Given = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Given | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Given) : null;
}

/** The objects of a list. */
export function asObjects(value: unknown): readonly Given[] {
  return Array.isArray(value) ? value.map(asObject).filter((one) => one !== null) : [];
}

/** `null` for what is no text, or an empty one. */
export function asText(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** What is left of them, a line each. */
export function lines(...parts: readonly (string | null)[]): string | null {
  const given = parts.filter((part) => part !== null);
  return given.length === 0 ? null : given.join("\n");
}
