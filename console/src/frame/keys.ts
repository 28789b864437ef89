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
  | { readonly kind: "search" }
  | { readonly kind: "help" };

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
  if (!singleKeys || press.isTaken || press.hasModifier) return nothing;
  if (pending !== null && press.at - pending <= SECOND_KEY_MS) {
    const page = pages.find(({ key }) => key === press.key);
    if (page !== undefined) return { pending: null, command: { kind: "go", path: page.path } };
  }
  if (press.key === "g") return { pending: press.at, command: null };
  if (press.key === "/") return { pending: null, command: { kind: "search" } };
  return press.key === "?" ? { pending: null, command: { kind: "help" } } : nothing;
}
