import type { ClaimedTurn } from "../../src/core/turn.ts";

export const SAMPLE_AT = Date.parse("2026-11-22T03:00:00Z");

/** A turn of two texts and a tap, as the pipeline hands it to an agent. */
export function sampleTurn(but: Partial<ClaimedTurn> = {}): ClaimedTurn {
  const event = {
    sentAt: SAMPLE_AT - 200,
    receivedAt: SAMPLE_AT - 100,
    redelivered: false,
    sender: { id: "Uann", name: null },
  };
  const text = (id: string, words: string) => ({
    ...event,
    eventId: `evt_${id}`,
    platformEventId: `01F${id}`,
    type: "message",
    content: { message: { id, type: "text", text: words } },
  });
  return {
    turnId: "turn_1",
    fence: 7,
    attempt: 1,
    conversation: { conversationId: "conv_1", channel: "line", account: "default", kind: "user", peerId: "Uann" },
    events: [
      text("1", "first"),
      text("2", "second"),
      {
        ...event,
        eventId: "evt_3",
        platformEventId: "01F3",
        type: "postback",
        redelivered: true,
        sender: null,
        content: { postback: { data: "a=1", params: { date: "2026-11-22" } } },
      },
    ],
    context: [],
    replyBy: SAMPLE_AT + 45_000,
    firstEventAt: SAMPLE_AT - 100,
    claimedAt: SAMPLE_AT,
    ...but,
  };
}
