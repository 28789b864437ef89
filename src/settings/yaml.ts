import { readFileSync } from "node:fs";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { Misconfigured } from "../core/errors.ts";

/** Place of a value, for messages. */
export type Place =
  | { readonly in: "file"; readonly file: string; readonly line: number }
  | { readonly in: "environment"; readonly name: string };

/** Parsed YAML with places, before validation. */
export type Raw = RawScalar | RawMap | RawSequence;

export interface RawScalar {
  readonly type: "scalar";
  readonly at: Place;
  readonly value: string | number | boolean | null;
  /** Source text: `0123` keeps its leading zero, which `value` has lost. */
  readonly source: string;
}

export interface RawMap {
  readonly type: "map";
  readonly at: Place;
  readonly entries: readonly { readonly key: string; readonly at: Place; readonly value: Raw }[];
}

interface RawSequence {
  readonly type: "sequence";
  readonly at: Place;
  readonly items: readonly Raw[];
}

/** `turnpike.yaml:12`, or a variable's name. */
export function placeName(place: Place): string {
  return place.in === "file" ? `${place.file}:${place.line}` : place.name;
}

/** The text of a file named by the variable or option `askedBy`, or the problem. */
export function readTextFile(file: string, askedBy: string): string | { readonly problem: string } {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return { problem: `${askedBy}: the file ${file} can't be read (${code}); allowed: the path of a text file` };
  }
}

/** Far beyond any real file; stops recursive aliases. */
const DEPTH_MAX = 50;
const NODES_MAX = 10_000;

/**
 * Parses a YAML map. Problems are reported with their line and without the text, which may be a secret.
 */
export function parseYaml(text: string, placeAt: (line: number) => Place, problem: (message: string) => void): RawMap {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const place = (offset: number) => placeAt(counter.linePos(offset).line);
  const empty: RawMap = { type: "map", at: placeAt(1), entries: [] };
  const faults = [...document.errors, ...document.warnings].map(
    ({ code, pos }) => `${placeName(place(pos[0]))}: ${YAML_MESSAGES[code] ?? `this is not YAML (${code})`}`,
  );
  for (const fault of new Set(faults)) problem(fault);
  if (document.errors.length > 0) return empty;
  let nodes = 0;

  function scalarAt(node: ParsedNode | null, at: Place): RawScalar {
    if (!isScalar(node)) return { type: "scalar", at, value: null, source: "" };
    const { value } = node;
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return { type: "scalar", at, value: isPlain ? value : null, source: node.source };
  }

  function rawOf(node: ParsedNode | null, at: Place, depth = 0): Raw {
    nodes += 1;
    if (nodes > NODES_MAX || depth > DEPTH_MAX) {
      throw new Misconfigured(
        `${placeName(at)}: read aliases that are recursive or expand to more than ${NODES_MAX} values; allowed: fewer`,
      );
    }
    const here = node === null ? at : place(node.range[0]);
    if (isAlias(node)) return rawOf((node.resolve(document) ?? null) as ParsedNode | null, here, depth + 1);
    if (isSeq(node))
      return { type: "sequence", at: here, items: node.items.map((item) => rawOf(item, here, depth + 1)) };
    if (!isMap(node)) return scalarAt(node, here);
    const entries = node.items.map((pair) => {
      const keyAt = place(pair.key.range[0]);
      const key = isScalar(pair.key) ? String(pair.key.source) : "";
      return { key, at: keyAt, value: rawOf(pair.value, keyAt, depth + 1) };
    });
    return { type: "map", at: here, entries };
  }

  const root = rawOf(document.contents, placeAt(1));
  if (root.type === "map") return root;
  if (root.type === "sequence" || root.value !== null) {
    problem(`${placeName(root.at)}: this is not a map; allowed: settings as name: value`);
  }
  return empty;
}

const YAML_MESSAGES: Readonly<Record<string, string>> = {
  MISSING_CHAR: "a bracket, a quote or a comma is missing; inside [ ] and { } a reference must be in quotes",
  DUPLICATE_KEY: "this name is repeated; allowed: once",
  MULTIPLE_DOCS: "a second document begins here; allowed: one",
  TAB_AS_INDENT: "a tab indents this line; allowed: spaces",
  TAG_RESOLVE_FAILED: "the tag is unknown; allowed: none",
};
