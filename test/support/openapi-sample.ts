/** Values made from the schemas of an OpenAPI description: one for each kind that it knows, as full as it can be. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Schema {
  readonly [keyword: string]: unknown;
}

/** `CallbackRequest` bodies, one for each kind of event, message, mention … that the description names. */
export function sampleWebhooks(file: URL): readonly { readonly name: string; readonly event: unknown }[] {
  const { schemas } = (parse(readFileSync(file, "utf8")) as { components: { schemas: Record<string, Schema> } })
    .components;
  const of = (name: string) => schemas[name] ?? {};
  const mapping = (name: string) => (of(name).discriminator as { mapping: Record<string, string> }).mapping;
  const nameOf = (ref: unknown) => String(ref).split("/").at(-1) ?? "";

  /** All properties of a schema, those of its parents first. */
  function fieldsOf(schema: Schema): Record<string, Schema> {
    const parents = ((schema.allOf as Schema[] | undefined) ?? []).map((part) =>
      fieldsOf(part.$ref === undefined ? part : of(nameOf(part.$ref))),
    );
    return Object.assign({}, ...parents, schema.properties ?? {});
  }

  function sample(schema: Schema, pick: string): unknown {
    if (schema.$ref !== undefined) return named(nameOf(schema.$ref), pick);
    if (schema.enum !== undefined) return (schema.enum as unknown[])[0];
    switch (schema.type) {
      case "string":
        return schema.format === "uri" ? "https://sample.example/" : "sample";
      case "integer":
      case "number":
        return 1;
      case "boolean":
        return false;
      case "array":
        return [sample(schema.items as Schema, pick)];
      default:
        return fields(schema, pick);
    }
  }

  function fields(schema: Schema, pick: string): Record<string, unknown> {
    return Object.fromEntries(Object.entries(fieldsOf(schema)).map(([name, field]) => [name, sample(field, pick)]));
  }

  /** Of a schema with subtypes the one called `pick`, else the first. */
  function named(name: string, pick: string): unknown {
    const schema = of(name);
    if (schema.discriminator === undefined) return sample({ ...schema }, pick);
    const kinds = mapping(name);
    const kind = pick in kinds ? pick : (Object.keys(kinds)[0] ?? "");
    return { ...fields(of(nameOf(kinds[kind])), pick), type: kind };
  }

  const kinds = new Set(
    Object.values(schemas).flatMap(({ discriminator }) =>
      Object.keys((discriminator as { mapping?: Record<string, string> } | undefined)?.mapping ?? {}),
    ),
  );
  return Object.keys(mapping("Event")).flatMap((type) => {
    const variants = [...kinds].map((pick) => eventOf(type, pick));
    const distinct = new Map(variants.map((event) => [JSON.stringify(event), event]));
    return [...distinct.values()].map((event, index) => ({ name: `${type} ${index + 1}`, event }));
  });

  function eventOf(type: string, pick: string): Record<string, unknown> {
    return { ...fields(of(nameOf(mapping("Event")[type])), pick), type };
  }
}
