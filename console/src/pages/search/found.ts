/** Where what was found is shown: pure, so that it is tested without a browser. */
import type { Wire } from "../../../../src/http/admin/wire.ts";

export type Found = Wire["search"]["found"][number];

export const FOUND_KINDS = ["conversation", "turn", "delivery", "event"] as const satisfies readonly Found["kind"][];

export function addressOfFound({ kind, id, conversation }: Found): string {
  switch (kind) {
    case "turn":
      return `/t/${id}`;
    case "delivery":
      return `/d/${id}`;
    default:
      return `/c/${conversation.conversationId}`;
  }
}

/** The one page to open without asking; `null`: there is none, there are several, or the console doesn't have it. */
export function onlyPage(found: readonly Found[], hasPage: (address: string) => boolean): string | null {
  const [first, ...others] = found;
  if (first === undefined || others.length > 0) return null;
  const address = addressOfFound(first);
  return hasPage(address) ? address : null;
}
