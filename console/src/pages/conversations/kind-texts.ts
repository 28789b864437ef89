import type { ConversationKind } from "../../../../src/core/conversation.ts";
import type { TextKey } from "../../texts/catalogue.ts";

export const KIND_TEXTS = {
  user: "conversations.kind.user",
  group: "conversations.kind.group",
  room: "conversations.kind.room",
} as const satisfies Record<ConversationKind, TextKey>;
