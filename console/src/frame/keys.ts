/** The keys of the console, as a pure function of what was pressed. */

/** The second key of `g o` comes within this time, in ms. */
export const SECOND_KEY_MS = 1_500;

export interface Press {
  readonly key: string;
  readonly at: number;
  /** Somebody writes, or a dialog is open: the key is theirs. */
  readonly isTaken: boolean;
  /** With Ctrl, Alt or Meta it is the browser's. */
  readonly hasModifier: boolean;
}

export type KeyCommand =
  | { readonly kind: "go"; readonly path: string }
  | { readonly kind: "row"; readonly by: 1 | -1 }
  | { readonly kind: "search" | "help" | "select" | "raw" | "close" };

/** Enter needs none: it opens whatever has the focus. */
const SINGLE_KEYS: ReadonlyMap<string, KeyCommand> = new Map([
  ["/", { kind: "search" }],
  ["?", { kind: "help" }],
  ["j", { kind: "row", by: 1 }],
  ["k", { kind: "row", by: -1 }],
  ["x", { kind: "select" }],
  ["e", { kind: "raw" }],
]);

/** When `g` was pressed; `null`: it wasn't. */
export type PendingKey = number | null;

interface KeyRules {
  readonly singleKeys: boolean;
  readonly pages: readonly { readonly key: string; readonly path: string }[];
}

export function readKey(
  pending: PendingKey,
  press: Press,
  { singleKeys, pages }: KeyRules,
): { readonly pending: PendingKey; readonly command: KeyCommand | null } {
  const nothing = { pending: null, command: null };
  if (press.isTaken || press.hasModifier) return nothing;
  // No letter that somebody may say or write by accident.
  if (press.key === "Escape") return { pending: null, command: { kind: "close" } };
  if (!singleKeys) return nothing;
  if (pending !== null && press.at - pending <= SECOND_KEY_MS) {
    const page = pages.find(({ key }) => key === press.key);
    if (page !== undefined) return { pending: null, command: { kind: "go", path: page.path } };
    if (press.key !== "g") return nothing;
  }
  if (press.key === "g") return { pending: press.at, command: null };
  return { pending: null, command: SINGLE_KEYS.get(press.key) ?? null };
}
