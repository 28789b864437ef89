import leven from "leven";
import { type Children, inCapitals, type List, type Setting } from "./setting.ts";

export interface Named {
  /** `batch.quietMs` */
  readonly path: string;
  readonly node: Setting | List;
  /** Environment variables, `TURNPIKE_…` first. */
  readonly variables: readonly string[];
}

/** Prefix of the variables in a group; `null`: none, as in a list. */
export type EnvPath = readonly string[] | null;

const OURS: EnvPath = ["turnpike"];

export function variablesOf(node: Setting | List, envPath: EnvPath): readonly string[] {
  if (envPath === null) return [];
  if (node.node === "list") return node.isInEnvironment ? [inCapitals(envPath)] : [];
  if (node.env === null) return [];
  return [node.env ?? inCapitals(envPath), ...(node.aliases ?? [])];
}

/** Whether the value may be in a file: `LINE_CHANNEL_SECRET_FILE=/run/secrets/line`. */
export function mayBeInFile(node: Setting | List): boolean {
  return node.node === "list" || node.kind.secrecy !== "open";
}

export function childPath(envPath: EnvPath, name: string, isPlatform = false): EnvPath {
  if (isPlatform) return [name];
  return envPath === null ? null : [...envPath, name];
}

/** Every setting of a tree, in its order. Fields of list items have paths such as `line.accounts[].channelSecret`. */
export function allSettings(children: Children, path = "", envPath: EnvPath = OURS): readonly Named[] {
  return Object.entries(children).flatMap(([name, node]): readonly Named[] => {
    const here = `${path}${name}`;
    switch (node.node) {
      case "setting":
        return [{ path: here, node, variables: variablesOf(node, childPath(envPath, name)) }];
      case "group":
        return allSettings(node.children, `${here}.`, childPath(envPath, name, node.isPlatform));
      case "list":
        return [
          { path: here, node, variables: variablesOf(node, childPath(envPath, name)) },
          ...allSettings(node.children, `${here}[].`, null),
        ];
      default:
        return node satisfies never;
    }
  });
}

/** Every variable that is read, with its `…_FILE`. */
export function variableNames(settings: readonly Named[]): readonly string[] {
  return settings.flatMap(({ node, variables }) =>
    mayBeInFile(node) ? variables.flatMap((name) => [name, `${name}_FILE`]) : variables,
  );
}

/** The platform of `line.channelId` and of `LINE_ACCOUNTS[0].channelId`. */
export function platformOf(path: string): string {
  return (path.split(/[._[]/)[0] ?? "").toLowerCase();
}

/** Maximum edit distance of a misspelling. */
const TYPO_EDITS_MAX = 3;

/** The most similar of `known`, if it is similar enough. */
export function nearest(name: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, edits: leven(candidate, name) }))
    .toSorted((a, b) => a.edits - b.edits);
  // A short name allows fewer edits.
  return best !== undefined && best.edits <= Math.min(TYPO_EDITS_MAX, Math.floor(name.length / 2))
    ? best.candidate
    : null;
}

/**
 * Suggestion for an unknown name in a file: another case or style, misspelt, a variable's name, or in another group.
 */
export function suggestName(
  name: string,
  path: string,
  siblings: readonly string[],
  all: readonly Named[],
): string | null {
  const plain = (text: string) => text.replaceAll(/[_-]/g, "").toLowerCase();
  const sameWord = siblings.find((sibling) => plain(sibling) === plain(name));
  if (sameWord !== undefined) return `${path}${sameWord}`;
  const byVariable = all.find(({ variables }) => variables.includes(name));
  if (byVariable !== undefined) return byVariable.path;
  const elsewhere = all.filter((one) => one.path.split(".").at(-1) === name && !one.path.includes("[]"));
  if (elsewhere.length === 1) return elsewhere[0]?.path ?? null;
  const near = nearest(name, siblings);
  return near === null ? null : `${path}${near}`;
}
