/** What `${NAME}` stands for in a text of a file. */
export type Resolved =
  | { readonly kind: "text"; readonly text: string; readonly names: readonly string[] }
  /** In words, for a message that says where. The text itself may hold a secret. */
  | { readonly kind: "problem"; readonly words: string };

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Puts in the environment's values: `${NAME}` must be set and not be empty, `${NAME:-fallback}` need not. `$${` stands
 * for `${` itself.
 */
export function resolveReferences(text: string, env: Readonly<Record<string, string | undefined>>): Resolved {
  const names: string[] = [];
  const problems: string[] = [];
  const resolved = text.replaceAll(REFERENCE, (whole, inside: string | undefined, end: string | undefined) => {
    if (whole === "$${") return "${";
    const [, name, fallback] = FORM.exec(inside ?? "") ?? [];
    if (name === undefined || end !== "}") {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what somebody should write
      problems.push("a reference can't be read; allowed: ${NAME} and ${NAME:-fallback}, and $${ for the sign itself");
      return "";
    }
    names.push(name);
    const value = env[name]?.trim() || fallback;
    if (value === undefined) {
      problems.push(`the variable ${name} is not set; set it, or write \${${name}:-…} with what stands in for it`);
    }
    return value ?? "";
  });
  const [first] = problems;
  return first === undefined ? { kind: "text", text: resolved, names } : { kind: "problem", words: first };
}
