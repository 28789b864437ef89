import type { Context } from "./context.ts";

export function prepareProbe({ clock }: Context) {
  return async function probe(): Promise<void> {
    await clock.keepTime({ always: true });
  };
}
