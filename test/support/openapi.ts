import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import { parse } from "yaml";

interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: unknown;
  readonly discriminator?: unknown;
}

/** Validators for the schemas of one OpenAPI 3.0 description. */
export interface Description {
  /** By name: `CallbackRequest`. */
  schema(name: string): ValidateFunction;
  /** The schema of an answer; `null` when that status is described without one, `undefined` when it isn't described. */
  answer(method: string, path: string, status: number): ValidateFunction | null | undefined;
}

const PREFIX = "#/components/schemas/";

/**
 * Reads a description. Where a schema has subtypes by `discriminator`, whatever refers to it is held to the subtype
 * that it names; one that the description doesn't know is held to the base alone, so that new kinds stay open.
 *
 * `only`: just these schemas and what they refer to, and no paths. A whole description of a megabyte takes seconds.
 */
export function readDescription(file: URL, only?: readonly string[]): Description {
  const text = readFileSync(file, "utf8");
  const document = parse(only === undefined ? text : excerpt(text, only)) as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>
    >;
    components: { schemas: Record<string, Schema> };
  };
  const schemas = withSubtypes(document.components.schemas);
  const ajv = new Ajv({ strict: false, allErrors: true });
  // A CommonJS module whose types and value disagree on where the default is.
  (ajvFormats as unknown as (ajv: Ajv) => void)(ajv);
  ajv.addSchema({ $id: "api", components: { schemas } });

  const compile = (ref: string) => ajv.compile({ $ref: `api${ref}` });
  return {
    schema: (name) => compile(refTo(name, schemas)),
    answer(method, path, status) {
      const template = Object.keys(document.paths).find((candidate) => matches(candidate, path));
      const response = document.paths[template ?? ""]?.[method.toLowerCase()]?.responses[String(status)];
      if (response === undefined) return undefined;
      const schema = response.content?.["application/json"]?.schema;
      return schema === undefined ? null : compile(String(schema.$ref));
    },
  };
}

/** The document with these schemas alone, and with those that they refer to: cut out by their indentation. */
function excerpt(text: string, names: readonly string[]): string {
  const parts = new Map<string, string>();
  const wanted = [...names];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (parts.has(name)) continue;
    const start = text.indexOf(`\n    ${name}:\n`) + 1;
    if (start === 0) throw new Error(`the description has no schema ${name}`);
    const below = text.indexOf("\n", start) + 1;
    const length = text.slice(below).search(/^ {0,4}\S/m);
    const part = text.slice(start, length < 0 ? text.length : below + length);
    parts.set(name, part);
    wanted.push(...[...part.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, other = ""]) => other));
  }
  return `paths: {}\ncomponents:\n  schemas:\n${[...parts.values()].join("")}`;
}

function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
}

function refTo(name: string, schemas: Record<string, Schema>): string {
  return PREFIX + (schemas[anyOf(name)] === undefined ? name : anyOf(name));
}

const anyOf = (name: string) => `${name}__any`;

function withSubtypes(schemas: Record<string, Schema>): Record<string, Schema> {
  const result: Record<string, Schema> = {};
  const polymorphic = new Set(Object.keys(schemas).filter((name) => mappingOf(schemas[name]) !== null));
  for (const [name, schema] of Object.entries(schemas)) {
    result[name] = rewrite(schema, polymorphic, false) as Schema;
    const mapping = mappingOf(schema);
    if (mapping === null) continue;
    const { propertyName, subtypes } = mapping;
    result[anyOf(name)] = {
      allOf: [
        { $ref: PREFIX + name },
        ...Object.entries(subtypes).map(([kind, ref]) => whenNamed(propertyName, kind, { $ref: ref })),
      ],
    };
  }
  return result;
}

/** Who has that name is of that subtype. */
function whenNamed(property: string, kind: string, subtype: Schema): Schema {
  const isNamed = { properties: { [property]: { const: kind } }, required: [property] };
  return { anyOf: [{ not: isNamed }, subtype] };
}

function mappingOf(schema: Schema | undefined) {
  const { propertyName, mapping } = (schema?.discriminator ?? {}) as {
    propertyName?: string;
    mapping?: Record<string, string>;
  };
  return propertyName === undefined || mapping === undefined ? null : { propertyName, subtypes: mapping };
}

/** Points references at the schema with its subtypes; but a subtype, which lists its base in `allOf`, at the base. */
function rewrite(part: unknown, polymorphic: ReadonlySet<string>, isBase: boolean): unknown {
  if (Array.isArray(part)) return part.map((item) => rewrite(item, polymorphic, isBase));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === "$ref" && typeof value === "string" && !isBase) {
        const name = value.slice(PREFIX.length);
        return [key, polymorphic.has(name) ? PREFIX + anyOf(name) : value];
      }
      return [key, rewrite(key === "allOf" ? value.map(open) : value, polymorphic, key === "allOf")];
    }),
  );
}

/** A part of an `allOf` that allows nothing beside its own fields would forbid those of the other parts. */
function open(part: Schema): Schema {
  const { additionalProperties: _, ...rest } = part as Schema & { readonly additionalProperties?: unknown };
  return rest;
}
