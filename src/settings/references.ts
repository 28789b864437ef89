/** Result of expanding `${NAME}` in a text of a file. */
type Resolved =
  | { readonly kind: "text"; readonly text: string; readonly names: readonly string[] }
  /** A message without place, and without the text, which may be a secret. */
  | { readonly kind: "problem"; readonly message: string };

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Expands references to environment variables: `${NAME}` must be set and not empty, `${NAME:-fallback}` need not. `$${`
 * is a literal `${`.
 */
export function resolveReferences(text: string, env: Readonly<Record<string, string | undefined>>): Resolved {
  const names: string[] = [];
  const problems: string[] = [];
  const resolved = text.replaceAll(REFERENCE, (whole, inside: string | undefined, end: string | undefined) => {
    if (whole === "$${") return "${";
    const [, name, fallback] = FORM.exec(inside ?? "") ?? [];
    if (name === undefined || end !== "}") {
      problems.push(
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of references
        "a reference is malformed; allowed: ${NAME}, ${NAME:-fallback}, and $${ for a literal dollar and brace",
      );
      return "";
    }
    names.push(name);
    const value = env[name]?.trim() || fallback;
    if (value === undefined) {
      problems.push(`the variable ${name} is not set; set it, or add a fallback: \${${name}:-…}`);
    }
    return value ?? "";
  });
  const [first] = problems;
  return first === undefined ? { kind: "text", text: resolved, names } : { kind: "problem", message: first };
}
