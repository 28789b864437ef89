/** What the documents name exists. */
import { matchesGlob } from "node:path";
import type { Document, Rule, Tree } from "./tree.ts";

const BACKTICKED_PATH = /`((?:src|test|docs|bench|examples|scripts|console)\/[^`\s]*)[^`]*`/g;

export const documentedPathsExist: Rule = (tree) =>
  tree.documents.flatMap((document) =>
    pathsIn(document)
      .filter((path) => !exists(tree, path))
      .map((path) => `${document.path} names ${path}, which doesn't exist`),
  );

function pathsIn({ text }: Document): string[] {
  return [...text.matchAll(BACKTICKED_PATH)].map(([, path = ""]) => path.replace(/(#.*|:\d+|\/|[.,;])$/, ""));
}

/** `<kind>`, `NNNN` and `*` stand for something: at least one path must fit. */
function exists(tree: Tree, path: string): boolean {
  if (tree.paths.has(path)) return true;
  const pattern = path.replaceAll(/<[^>]*>|N{4}/g, "*");
  return pattern !== path || path.includes("*") ? [...tree.paths].some((known) => matchesGlob(known, pattern)) : false;
}
