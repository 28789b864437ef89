import { z } from "zod";
import type { Children, Setting } from "../settings/setting.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** `${NAME}`, allowed for any value. */
const REFERENCE = { type: "string", pattern: "\\$\\{" } as const;

/** JSON Schema of the YAML file, for editors: meaning, default and allowed values of each setting. */
export function configSchema(settings: Children): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Turnpike's settings",
    ...groupSchema(settings),
  };
}

function groupSchema(children: Children): JsonSchema {
  const properties = Object.entries(children).map(([name, node]): [string, JsonSchema] => {
    switch (node.node) {
      case "setting":
        return [name, settingSchema(node)];
      case "group":
        return [name, { description: node.meaning, ...orNothing(groupSchema(node.children)) }];
      case "list":
        return [name, { description: node.meaning, type: ["array", "null"], items: groupSchema(node.children) }];
      default:
        return node satisfies never;
    }
  });
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

function orNothing(schema: JsonSchema): JsonSchema {
  return { ...schema, type: ["object", "null"] };
}

function settingSchema({ kind, default: fallback, defaultWords, meaning }: Setting): JsonSchema {
  const { $schema: _, ...value } = z.toJSONSchema(kind.schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  // Lists, maps, flags and templates may also be written as one text, as in the environment.
  const text = isPlain(value) ? [REFERENCE] : [{ type: "string" }];
  const shown = defaultWords ?? (fallback === null || String(fallback) === "" ? "none" : String(fallback));
  return {
    description: `${meaning}\n\nAllowed: ${kind.allowed}. Default: ${shown}.`,
    anyOf: [value, ...text, { type: "null" }],
    ...(fallback === null ? {} : { default: fallback }),
  };
}

/** Numbers and words: editors should mark a text of another form. */
function isPlain({ type, enum: words }: JsonSchema): boolean {
  return type === "integer" || type === "string" || words !== undefined;
}
