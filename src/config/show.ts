import { mayHoldSecret } from "../settings/kinds.ts";
import { platformOf } from "../settings/names.ts";
import type { Entry } from "../settings/read.ts";
import type { Setting } from "../settings/setting.ts";
import { placeName } from "../settings/yaml.ts";

interface ShownSetting {
  /** `batch.quietMs` */
  readonly setting: string;
  /** `set (32 chars)` for a secret. */
  readonly value: string;
  /** `default`, a variable's name, or `turnpike.yaml:12`. */
  readonly from: string;
}

/** Every effective setting; of an unconfigured platform one line. */
export function shownSettings(entries: readonly Entry[], platforms: readonly string[]): readonly ShownSetting[] {
  const isSet = ({ source }: Entry) => source.kind !== "default";
  const off = platforms.filter((name) => !entries.some((entry) => platformOf(entry.path) === name && isSet(entry)));
  const shown = entries.filter((entry) => !off.includes(platformOf(entry.path))).map(shownSetting);
  return [...shown, ...off.map((setting) => ({ setting, value: "off", from: "default" }))];
}

function shownSetting({ path, node, value, source }: Entry): ShownSetting {
  return { setting: path, value: shownValue(node, value), from: shownSource(source) };
}

/** A value for output, with secrets redacted. */
function shownValue({ kind, defaultWords }: Setting, value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return defaultWords ?? "not set";
  if (typeof value === "boolean") return value ? "on" : "off";
  const isHidden = kind.secrecy === "secret" || (kind.secrecy === "address" && mayHoldSecret(String(value)));
  const parts = Array.isArray(value)
    ? value.map(String)
    : [typeof value === "object" ? JSON.stringify(value) : String(value)];
  return isHidden
    ? `set (${parts.map(({ length }) => `${length} ${length === 1 ? "char" : "chars"}`).join(", ")})`
    : parts.join(",");
}

function shownSource(source: Entry["source"]): string {
  switch (source.kind) {
    case "default":
      return "default";
    case "environment":
      return source.file === null ? source.name : `${source.name} (${source.file})`;
    case "file": {
      const variables = source.variables.map((name) => ` \${${name}}`).join("");
      return `${placeName(source.place)}${variables}`;
    }
    default:
      return source satisfies never;
  }
}

export function settingsText(settings: readonly ShownSetting[]): string {
  const width = (of: (one: ShownSetting) => string, most: number) =>
    Math.min(most, Math.max(...settings.map((one) => of(one).length)));
  const first = width((one) => one.setting, 40);
  const second = width((one) => one.value, 40);
  return settings
    .map(({ setting, value, from }) => `${setting.padEnd(first)}  ${value.padEnd(second)}  ${from}\n`)
    .join("");
}
