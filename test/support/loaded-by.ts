import { readFileSync } from "node:fs";

/** `import type` and `export type` load nothing; neither does a list of nothing but types. */
const LOADS = /^(?:import|export) (?!type\b)([^;]*?)from "([^"]+)"|^import "([^"]+)"/gm;

/** Every module that loading this one loads: files by their path below `root`, packages and Node's modules by their name. */
export function loadedBy(file: URL, root: URL, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, names = "", from, alone] of readFileSync(file, "utf8").matchAll(LOADS)) {
    if (isTypesOnly(names)) continue;
    const target = from ?? alone ?? "";
    const next = target.startsWith(".") ? new URL(target, file) : null;
    const name = next === null ? target : next.href.replace(root.href, "");
    if (seen.has(name)) continue;
    seen.add(name);
    if (next !== null) loadedBy(next, root, seen);
  }
  return seen;
}

function isTypesOnly(names: string): boolean {
  const listed = /^\{([\s\S]*)\}\s*$/.exec(names)?.[1]?.split(",") ?? [];
  const given = listed.map((name) => name.trim()).filter((name) => name !== "");
  return given.length > 0 && given.every((name) => name.startsWith("type "));
}
