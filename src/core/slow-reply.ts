/*
 * A slow reply: the turn's last free token was spent on a button, and the answer waits for the tap.
 *
 *                           an answer is there          all of it was sent
 *   button sent ─▶ prompted ───────────────────▶ ready ───────────────────▶ delivered
 *                   │  ▲                          │ ▲                        │
 *                   │  └─ all that was there was ─┘ └── more of it came ─────┘
 *                   │     sent, the agent goes on
 *                   │
 *                   ├── the turn ended, and a part had been sent ──▶ delivered
 *                   └── the turn ended without an answer ──▶ failed ── replayed, and answered ──▶ ready
 *
 * What a tap gets: prompted, "still at work" with a new button; ready, the answer; delivered, "you have it"; failed, "there is
 * none". A tap brings a free token with it, and nothing but a tap or the person's next message makes a ready answer
 * move, unless it may be paid for after a while. A callback token that nobody knows (any more) has expired.
 */
export const SLOW_REPLY_TRANSITIONS = {
  prompted: ["ready", "delivered", "failed"],
  ready: ["delivered", "prompted"],
  delivered: ["ready"],
  failed: ["ready"],
} as const satisfies Record<string, readonly string[]>;

export type SlowReplyState = keyof typeof SLOW_REPLY_TRANSITIONS;

export const SLOW_REPLY_STATES = Object.keys(SLOW_REPLY_TRANSITIONS) as readonly SlowReplyState[];

/** What the gateway itself says around a button. `prompt` and `working` are messages with a button. */
export const SYSTEM_MESSAGE_KINDS = ["prompt", "working", "delivered", "failed", "expired", "not-yours"] as const;
export type SystemMessageKind = (typeof SYSTEM_MESSAGE_KINDS)[number];

/** What a row of the outbox holds: the agent's words, our button, or a system message without one. */
export const DELIVERY_KINDS = ["answer", "button", "system"] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export function deliveryKindOf(systemMessage: SystemMessageKind): DeliveryKind {
  return systemMessage === "prompt" || systemMessage === "working" ? "button" : "system";
}

export interface ButtonCallback {
  /** `null`: nobody knows the callback token, or it is of another conversation. */
  readonly state: SlowReplyState | null;
  /** Something of the answer is still to be sent. */
  readonly waiting: boolean;
  /** The platform doesn't say that it was somebody else than those who asked. */
  readonly mine: boolean;
  readonly now: number;
  readonly expiresAt: number;
}

/** What a tap gets: the answer, or words of ours. An answer that is there is never withheld for its age. */
export function answerButtonCallback(callback: ButtonCallback): "deliver" | SystemMessageKind {
  if (callback.state === null) return "expired";
  if (!callback.mine) return "not-yours";
  switch (callback.state) {
    case "ready":
      return callback.waiting ? "deliver" : "failed";
    case "delivered":
      return "delivered";
    case "prompted":
      return callback.now < callback.expiresAt ? "working" : "expired";
    case "failed":
      return callback.now < callback.expiresAt ? "failed" : "expired";
    default:
      return callback.state satisfies never;
  }
}
