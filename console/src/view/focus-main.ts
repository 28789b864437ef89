/** Where the focus goes when what had it was closed and nothing stands in its place. */
export function focusMain(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}
