import { flag, oneOf } from "../../../settings/kinds.ts";
import { setting } from "../../../settings/setting.ts";

/** When the read mark is set: `auto`, where LINE doesn't set it itself; `always`; `never`. */
export type ReadMode = "auto" | "always" | "never";

/** Options of `line()` for typing indicator and read mark. */
export interface LineTypingIndicatorOptions {
  /** Show the loading animation while the agent works, in one-to-one chats. Default true. */
  readonly loading?: boolean;
  /** Mark messages as read when the agent has them. Default `auto`: unless LINE does it itself. */
  readonly markAsRead?: ReadMode;
}

export const TYPING_INDICATOR_SETTINGS = {
  loading: setting(flag, {
    default: true,
    meaning: "loading animation while the agent works, in one-to-one chats",
  }),
  markAsRead: setting(oneOf(["auto", "always", "never"]), {
    default: "auto",
    meaning:
      "when messages that the agent has are marked as read: `auto` unless LINE does it itself, `always`, `never`",
  }),
} as const;
