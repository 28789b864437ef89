import { fromJson, refusal } from "./kinds.ts";
import { childPath, type EnvPath, mayBeInFile, type Named, suggestName, variablesOf } from "./names.ts";
import { resolveReferences } from "./references.ts";
import type { Children, Given, List, Setting } from "./setting.ts";
import { type Place, parseYaml, placeName, type Raw, type RawMap, type RawScalar, readTextFile } from "./yaml.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Source of an effective value. */
export type Source =
  | { readonly kind: "default" }
  /** `file`: the path in the variable `…_FILE`. */
  | { readonly kind: "environment"; readonly name: string; readonly file: string | null }
  /** `variables`: references as `${NAME}`. */
  | { readonly kind: "file"; readonly place: Place; readonly variables: readonly string[] };

export interface Entry {
  readonly path: string;
  readonly node: Setting;
  readonly value: unknown;
  readonly source: Source;
}

/** Input and results of reading the settings once. */
export interface Reading {
  readonly env: Environment;
  /** Path of the YAML file; `null` without one. */
  readonly file: string | null;
  /** Every setting, for suggestions. */
  readonly all: readonly Named[];
  readonly entries: Entry[];
  /** All problems, a sentence each. */
  readonly problems: string[];
  /** Paths of settings with an invalid value. */
  readonly broken: Set<string>;
  /** Variables that the file refers to. */
  readonly references: Set<string>;
}

export function newReading(env: Environment, all: readonly Named[], file: string | null = null): Reading {
  return { env, file, all, entries: [], problems: [], broken: new Set(), references: new Set() };
}

/** A part of the input. */
export interface Where {
  /** Prefix such as `line.accounts[0].`; empty at the top. */
  readonly path: string;
  readonly raw: Raw | null;
  readonly envPath: EnvPath;
}

/** Reads these settings. Invalid ones are added to the problems and left out. */
export function readGroup<C extends Children>(children: C, where: Where, reading: Reading): Given<C> {
  const map = mapOf(children, where, reading);
  refuseUnknown(children, where, map, reading);
  const given = Object.entries(children).flatMap(([name, node]): [string, unknown][] => {
    const raw = map?.entries.find(({ key }) => key === name)?.value ?? null;
    const inside = (isPlatform = false): Where => ({
      path: `${where.path}${name}`,
      raw,
      envPath: childPath(where.envPath, name, isPlatform),
    });
    switch (node.node) {
      case "setting": {
        const value = readSetting(node, inside(), reading);
        return value === undefined ? [] : [[name, value]];
      }
      case "group": {
        const group = inside(node.isPlatform);
        return [[name, readGroup(node.children, { ...group, path: `${group.path}.` }, reading)]];
      }
      case "list":
        return [[name, readList(node, inside(), reading)]];
      default:
        return node satisfies never;
    }
  });
  return Object.fromEntries(given) as Given<C>;
}

function mapOf(children: Children, { path, raw }: Where, reading: Reading): RawMap | null {
  if (raw === null || raw.type === "map") return raw;
  if (raw.type === "scalar" && raw.value === null) return null;
  const names = Object.keys(children).join(", ");
  const read = raw.type === "sequence" ? "a list" : "one value";
  reading.problems.push(`${labelAt(raw.at, path.replace(/\.$/, ""))}: read ${read}; allowed: a group with ${names}`);
  return null;
}

/** Place and path, for a message. A path in a variable begins with the variable's name. */
function labelAt(at: Place, path: string): string {
  return at.in === "file" ? `${placeName(at)}: ${path}` : path;
}

function refuseUnknown(children: Children, { path }: Where, map: RawMap | null, reading: Reading): void {
  for (const { key, at } of map?.entries ?? []) {
    if (Object.hasOwn(children, key)) continue;
    const names = Object.keys(children);
    const right = suggestName(key, path, names, reading.all);
    const hint = right === null ? `known are ${names.join(", ")}` : `did you mean ${right}?`;
    reading.problems.push(`${labelAt(at, `${path}${key}`)}: there is no such setting; ${hint}`);
  }
}

function readList(node: List, where: Where, reading: Reading): readonly unknown[] {
  const set = fromEnvironment(node, where.envPath, reading);
  const raw = set === null ? where.raw : jsonOf(set, reading);
  if (raw === null || (raw.type === "scalar" && raw.value === null)) return [];
  const path = set === null ? where.path : set.name;
  if (raw.type !== "sequence") {
    reading.problems.push(
      `${labelAt(raw.at, path)}: read something else than a list; allowed: a list of groups with ${Object.keys(node.children).join(", ")}`,
    );
    return [];
  }
  if (set !== null && raw.items.length === 0)
    reading.problems.push(`${path}: read an empty list; allowed: at least one`);
  return raw.items.map((item, index) =>
    readGroup(node.children, { path: `${path}[${index}].`, raw: item, envPath: null }, reading),
  );
}

/** Parses a JSON variable as YAML, of which JSON is a subset, like a file. */
function jsonOf({ name, text }: SetVariable, { problems }: Reading): Raw | null {
  if (fromJson(text) === text) {
    problems.push(`${name}: read ${text.length} characters that aren't JSON; allowed: a JSON list`);
    return null;
  }
  // Less indented lines would end the YAML map. JSON strings contain neither line breaks nor tabs.
  const inOneLine = text.replaceAll(/[\r\n\t]/g, " ");
  const root = parseYaml(
    `list: ${inOneLine}`,
    () => ({ in: "environment", name }),
    (message) => problems.push(message),
  );
  return root.entries[0]?.value ?? null;
}

function readSetting(node: Setting, where: Where, reading: Reading): unknown {
  const before = reading.problems.length;
  const set = fromEnvironment(node, where.envPath, reading);
  const read = set === null ? readRaw(node, where, reading) : readText(node, set);
  if (reading.problems.length > before) {
    reading.broken.add(where.path);
    return undefined;
  }
  if (read === null) {
    // Defaults of list items aren't shown.
    if (where.envPath !== null) record(node, where.path, node.default, { kind: "default" }, reading);
    return undefined;
  }
  const result = node.kind.schema.safeParse(read.value);
  if (result.success) {
    record(node, where.path, result.data, read.source, reading);
    return result.data;
  }
  reading.problems.push(refusal(read.label, node.kind, read.text ?? read.value, result.error));
  reading.broken.add(where.path);
  return undefined;
}

function record(node: Setting, path: string, value: unknown, source: Source, { entries }: Reading): void {
  entries.push({ path, node, value, source });
}

interface Read {
  readonly value: unknown;
  /** Source text of a scalar. */
  readonly text: string | null;
  /** Place and name, for a message. */
  readonly label: string;
  readonly source: Source;
}

interface SetVariable {
  readonly name: string;
  readonly text: string;
  readonly file: string | null;
}

function readText(node: Setting, { name, text, file }: SetVariable): Read {
  return { value: node.kind.fromText(text), text, label: name, source: { kind: "environment", name, file } };
}

/** The first variable of a setting that is set and not empty. */
function fromEnvironment(node: Setting | List, envPath: EnvPath, reading: Reading): SetVariable | null {
  for (const name of variablesOf(node, envPath)) {
    const text = reading.env[name]?.trim() ?? "";
    const file = mayBeInFile(node) ? (reading.env[`${name}_FILE`]?.trim() ?? "") : "";
    if (text !== "" && file !== "") {
      reading.problems.push(`${name} and ${name}_FILE are set; allowed: one of them`);
    }
    if (text !== "") return { name, text, file: null };
    if (file !== "") return fromFile(`${name}_FILE`, file, reading);
  }
  return null;
}

function fromFile(name: string, file: string, { problems }: Reading): SetVariable | null {
  const read = readTextFile(file, name);
  if (typeof read !== "string") {
    problems.push(read.problem);
    return null;
  }
  const text = read.trim();
  if (text === "") problems.push(`${name}: the file ${file} is empty; allowed: one with the value`);
  return text === "" ? null : { name, text, file };
}

/** The value in the file; `null`: none, or invalid. */
function readRaw(node: Setting, { path, raw }: Where, reading: Reading): Read | null {
  if (raw === null) return null;
  const label = labelAt(raw.at, path);
  const variables: string[] = [];
  const value = raw.type === "scalar" ? textOf(node, raw, label, variables, reading) : null;
  if (raw.type === "scalar") {
    if (value === null || value === "") return null;
    return { value: node.kind.fromText(value), text: value, label, source: sourceOf(raw, variables) };
  }
  const whole = wholeOf(node, raw, label, variables, reading);
  return { value: whole, text: null, label, source: sourceOf(raw, variables) };
}

function sourceOf({ at }: Raw, variables: readonly string[]): Source {
  if (at.in === "environment") return { kind: "environment", name: at.name, file: null };
  return { kind: "file", place: at, variables };
}

/** A scalar as text, like in the environment. */
function textOf(
  node: Setting,
  scalar: RawScalar,
  label: string,
  variables: string[],
  { env, problems, references }: Reading,
): string | null {
  const { value, source, at } = scalar;
  if (value === null) return null;
  if (typeof value !== "string") {
    if (!node.kind.isText) return source;
    const read = node.kind.secrecy === "open" ? `the ${typeof value} ${source}` : `a ${typeof value}`;
    const written = node.kind.secrecy === "open" ? `: "${source}"` : "";
    problems.push(`${label}: read ${read}; allowed: a text, so put it in quotes${written}`);
    return null;
  }
  if (at.in === "environment") return value.trim();
  const resolved = resolveReferences(value, env);
  if (resolved.kind === "problem") {
    problems.push(`${label}: ${resolved.message}`);
    return null;
  }
  for (const name of resolved.names) references.add(name);
  variables.push(...resolved.names);
  return resolved.text.trim();
}

/** A list or map of a file as JavaScript value. */
function wholeOf(node: Setting, raw: Raw, label: string, variables: string[], reading: Reading): unknown {
  switch (raw.type) {
    case "scalar":
      return typeof raw.value === "string" || node.kind.isText
        ? textOf(node, raw, label, variables, reading)
        : raw.value;
    case "sequence":
      return raw.items.map((item) => wholeOf(node, item, label, variables, reading));
    case "map":
      return Object.fromEntries(
        raw.entries.map(({ key, value }) => [key, wholeOf(node, value, label, variables, reading)]),
      );
    default:
      return raw satisfies never;
  }
}
