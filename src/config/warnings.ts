import { platformOf } from "../settings/names.ts";
import type { Entry, Reading } from "../settings/read.ts";
import { placeName } from "../settings/yaml.ts";

/** Name of a setting where it was written. */
function nameOf({ path, source }: Entry): string {
  if (source.kind === "environment") return source.name;
  return source.kind === "file" ? `${placeName(source.place)}: ${path}` : path;
}

/** Warnings for settings without effect. */
export function settingsWithoutEffect({ entries, all }: Pick<Reading, "entries" | "all">): string[] {
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

/** Differences between ids that are easily overlooked. */
const FORMS: readonly (readonly [what: string, plain: (id: string) => string])[] = [
  ["except for leading zeros", (id) => id.replace(/^0+(?=.)/, "")],
  ["except for upper and lower case", (id) => id.toLowerCase()],
];

interface Id {
  readonly entry: Entry;
  readonly id: string;
  /** For the log: a person's id is shown as its index. */
  readonly shown: string;
}

function idsOf(entry: Entry): Id[] {
  if (entry.node.isId !== true) return [];
  const { value } = entry;
  if (typeof value === "string") return [{ entry, id: value, shown: value }];
  const listed: readonly unknown[] = Array.isArray(value) ? value : [];
  return listed.map((id, index) => ({ entry, id: String(id), shown: `number ${index + 1}` }));
}

/** Warnings for ids that differ only in leading zeros or case: ids are compared exactly. */
export function confusableIds({ entries }: Pick<Reading, "entries">): string[] {
  const ids = entries.flatMap(idsOf);
  return ids.flatMap(({ entry, id, shown }, index) => {
    const before = ids.slice(0, index).filter((one) => isSameKind(one.entry, entry) && one.id !== id);
    return FORMS.flatMap(([what, plain]) => {
      const twin = before.find((one) => plain(one.id) === plain(id));
      if (twin === undefined) return [];
      return [`${nameOf(entry)}: ${shown} is ${twin.shown} ${what}; ids are compared exactly, so these are different`];
    });
  });
}

/** The same setting of the same platform. */
function isSameKind(one: Entry, other: Entry): boolean {
  return platformOf(one.path) === platformOf(other.path) && one.node.kind === other.node.kind;
}
