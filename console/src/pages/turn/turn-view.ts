/** What the address of a turn says beside its id. */
export const TURN_VIEWS = ["waterfall", "table", "raw"] as const;
export type TurnViewKind = (typeof TURN_VIEWS)[number];

export interface TurnSearch {
  readonly span?: string;
  readonly view?: Exclude<TurnViewKind, "waterfall">;
}

const LONGEST_SPAN = 200;

export function turnSearchOf({ span, view }: Readonly<Record<string, unknown>>): TurnSearch {
  return {
    ...(typeof span === "string" && span !== "" && span.length <= LONGEST_SPAN ? { span } : {}),
    ...(view === "table" || view === "raw" ? { view } : {}),
  };
}
