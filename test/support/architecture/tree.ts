import { glob, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSource, type SourceFile } from "./source.ts";

/** The repository, as the rules see it. */
export interface Tree {
  readonly sources: readonly SourceFile[];
  readonly documents: readonly Document[];
  readonly migrations: readonly Document[];
  /** Every file and folder, folders without a `/` at the end. */
  readonly paths: ReadonlySet<string>;
}

export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A rule names every place that breaks it, in a sentence each. */
export type Rule = (tree: Tree) => string[];

const NOT_OURS = new Set(["node_modules", "dist", ".git", "coverage", "data"]);
const IS_SOURCE = /\.tsx?$/;
const IS_DOCUMENT = /^(docs\/.*|README|CONTRIBUTING)\.md$/;
const IS_MIGRATION = /^src\/store\/[^/]+\/migrations\/.*\.sql$/;

/** A tree from path → text, so that a rule can be shown one that breaks it. */
export function treeOf(texts: Readonly<Record<string, string>>): Tree {
  const files = Object.entries(texts);
  const named = (kind: RegExp) => files.filter(([path]) => kind.test(path)).map(([path, text]) => ({ path, text }));
  return {
    sources: named(IS_SOURCE).map(({ path, text }) => parseSource(path, text)),
    documents: named(IS_DOCUMENT),
    migrations: named(IS_MIGRATION),
    paths: new Set(Object.keys(texts).flatMap(withFolders)),
  };
}

export async function readTree(root: URL): Promise<Tree> {
  const cwd = fileURLToPath(root);
  const texts: Record<string, string> = {};
  for await (const entry of glob("**", { cwd, withFileTypes: true, exclude: (entry) => NOT_OURS.has(entry.name) })) {
    if (!entry.isFile()) continue;
    const path = posix.relative(cwd, posix.join(entry.parentPath, entry.name));
    const isRead = [IS_SOURCE, IS_DOCUMENT, IS_MIGRATION].some((kind) => kind.test(path));
    texts[path] = isRead ? await readFile(new URL(path, root), "utf8") : "";
  }
  return treeOf(texts);
}

function withFolders(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === "." ? [path] : [path, ...withFolders(folder)];
}

/** Where an import leads: a path in the repository, or the package's name as written. */
export function targetOf(file: SourceFile, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file.path), specifier) : specifier;
}

/** What a channel's fixtures hold is for tests only, and isn't built. */
export function isTest(path: string): boolean {
  return path.startsWith("test/") || path.endsWith(".test.ts") || /^src\/.*\/fixtures\//.test(path);
}

/** What is shipped: `src/` without its tests. */
export function shipped(tree: Tree): SourceFile[] {
  return tree.sources.filter((file) => file.path.startsWith("src/") && !isTest(file.path));
}

/** The folders directly in `folder`. */
export function foldersIn(tree: Tree, folder: string): string[] {
  const depth = folder.split("/").length + 1;
  const inside = [...tree.paths].filter((path) => path.startsWith(`${folder}/`) && path.split("/").length > depth);
  return [...new Set(inside.map((path) => path.split("/").slice(0, depth).join("/")))];
}
