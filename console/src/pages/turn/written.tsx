import type { TextKey } from "../../texts/catalogue.ts";
import { type Texts, useTexts } from "../../texts/texts.tsx";
import { CopiedId } from "../../view/copied-id.tsx";
import { Said } from "../../view/said.tsx";
import type { Label, Value } from "./rows.ts";

/** A value inside a text. */
export function writtenValue(value: Value, { t, duration, exact, number }: Texts): string | number {
  switch (value.kind) {
    case "ms":
      return duration(value.ms);
    case "at":
      return exact(value.at);
    case "count":
      return value.count;
    case "key":
      return t(value.key);
    case "said":
      return value.text;
    case "id":
      return value.id;
    default:
      return number(value satisfies never);
  }
}

export function written({ key, values }: Label, texts: Texts): string {
  const given = Object.entries(values).map(([name, value]) => [name, writtenValue(value, texts)]);
  return texts.t(key, Object.fromEntries(given));
}

/** A value that stands by itself: ids can be copied, and what somebody said keeps its direction. */
export function ValueView({ value, name }: { readonly value: Value; readonly name: TextKey }) {
  const texts = useTexts();
  if (value.kind === "id") return <CopiedId id={value.id} name={texts.t(name)} to={pageOf(value.id)} />;
  if (value.kind === "said") return <Said>{value.text}</Said>;
  return <span>{writtenValue(value, texts)}</span>;
}

function pageOf(id: string): string | undefined {
  if (id.startsWith("dlv_")) return `/d/${encodeURIComponent(id)}`;
  return id.startsWith("turn_") ? `/t/${encodeURIComponent(id)}` : undefined;
}
