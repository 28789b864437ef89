/*
 * A slow reply: the turn's last reply token was spent on a button, and the answer waits for the tap.
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
 * The response to a tap: prompted, "still working" with a new button; ready, the answer; delivered, "you have it"; failed,
 * "there is none". A tap brings a reply token with it. A ready answer is sent only by a tap or the person's next message,
 * unless it may be pushed after a time. An unknown callback token counts as expired.
 */
export const SLOW_REPLY_TRANSITIONS = {
  prompted: ["ready", "delivered", "failed"],
  ready: ["delivered", "prompted"],
  delivered: ["ready"],
  failed: ["ready"],
} as const satisfies Record<string, readonly string[]>;

export type SlowReplyState = keyof typeof SLOW_REPLY_TRANSITIONS;

export const SLOW_REPLY_STATES = Object.keys(SLOW_REPLY_TRANSITIONS) as readonly SlowReplyState[];

/** System messages around a button. `prompt` and `working` are messages with a button. */
export const SYSTEM_MESSAGE_KINDS = ["prompt", "working", "delivered", "failed", "expired", "not-yours"] as const;
export type SystemMessageKind = (typeof SYSTEM_MESSAGE_KINDS)[number];

/** Content of a delivery: the agent's answer, a button, or a system message without one. */
export const DELIVERY_KINDS = ["answer", "button", "system"] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export function deliveryKindOf(systemMessage: SystemMessageKind): DeliveryKind {
  return systemMessage === "prompt" || systemMessage === "working" ? "button" : "system";
}

export interface ButtonCallback {
  /** `null`: the callback token is unknown, or of another conversation. */
  readonly state: SlowReplyState | null;
  /** Something of the answer is still to be sent. */
  readonly waiting: boolean;
  /** False when the platform says that another person tapped than those who asked. */
  readonly mine: boolean;
  readonly now: number;
  readonly expiresAt: number;
}

/** The response to a tap: the answer, or a system message. A ready answer never expires. */
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
