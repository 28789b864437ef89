import { placeName } from "./file.ts";
import type { Entry, Reading } from "./read.ts";

/** How whoever wrote it knows a setting. */
function nameOf({ path, source }: Entry): string {
  if (source.kind === "environment") return source.name;
  return source.kind === "file" ? `${placeName(source.place)}: ${path}` : path;
}

/** What is set and has no effect. */
export function idleSettings({ entries, all }: Pick<Reading, "entries" | "all">): string[] {
  return entries.flatMap((entry) => {
    const { onlyWith } = entry.node;
    if (onlyWith === undefined || entry.source.kind === "default") return [];
    const [key, wanted] = onlyWith;
    const path = entry.path.replace(/[^.]+$/, key);
    const other = entries.find((one) => one.path === path);
    if (other === undefined || other.value === wanted) return [];
    const variable = all.find((one) => one.path === path)?.variables[0];
    const name = entry.source.kind === "environment" ? (variable ?? path) : path;
    return [`${nameOf(entry)} has no effect: ${name} is not ${String(wanted)}`];
  });
}

/** An id of several forms that people take for the same, and we don't. */
const FORMS: readonly (readonly [what: string, plain: (id: string) => string])[] = [
  ["but for leading zeros", (id) => id.replace(/^0+(?=.)/, "")],
  ["but for the case of its letters", (id) => id.toLowerCase()],
];

/** Ids are compared exactly, as they are written: what was probably meant otherwise is said. */
export function oddIds({ entries }: Pick<Reading, "entries">): string[] {
  const ids = entries
    .filter(({ node }) => node.isId === true)
    .flatMap((entry) => [entry.value].flat().flatMap((id) => (typeof id === "string" ? [{ entry, id }] : [])));
  const spaced = ids
    .filter(({ id }) => /\s/.test(id))
    .map(({ entry, id }) => `${nameOf(entry)}: ${JSON.stringify(id)} has a space inside; ids are compared exactly`);
  const twins = ids.flatMap(({ entry, id }, index) => {
    const before = ids.slice(0, index).filter((one) => keyOf(one.entry) === keyOf(entry) && one.id !== id);
    return FORMS.flatMap(([what, plain]) => {
      const twin = before.find((one) => plain(one.id) === plain(id));
      if (twin === undefined) return [];
      return [`${nameOf(entry)}: ${id} is ${twin.id} ${what}; ids are compared exactly, so these are two`];
    });
  });
  return [...spaced, ...twins];
}

/** Ids are compared with those of the same setting of the same platform. */
function keyOf({ path, node }: Entry): string {
  return `${path.split(/[.[]/)[0]?.toLowerCase()}.${path.split(".").at(-1)}.${node.meaning}`;
}
