/*
 * A slow reply: the turn's last free token was spent on a button, and the answer waits for the tap.
 *
 *                           an answer is there          all of it was sent
 *   button sent ─▶ offered ────────────────────▶ ready ───────────────────▶ told
 *                   │  ▲                          │ ▲                        │
 *                   │  └─ all that was there was ─┘ └── more of it came ─────┘
 *                   │     sent, the agent goes on
 *                   │
 *                   ├── the turn ended, and a part had been sent ──▶ told
 *                   └── the turn ended without an answer ──▶ failed ── replayed, and answered ──▶ ready
 *
 * What a tap gets: offered, "still at work" with a new button; ready, the answer; told, "you have it"; failed, "there is
 * none". A tap brings a free token with it, and nothing but a tap or the person's next message makes a ready answer
 * move, unless it may be paid for after a while. A ticket that nobody knows (any more) has expired.
 */
export const SLOW_REPLY_TRANSITIONS = {
  offered: ["ready", "told", "failed"],
  ready: ["told", "offered"],
  told: ["ready"],
  failed: ["ready"],
} as const satisfies Record<string, readonly string[]>;

export type SlowReplyState = keyof typeof SLOW_REPLY_TRANSITIONS;

export const SLOW_REPLY_STATES = Object.keys(SLOW_REPLY_TRANSITIONS) as readonly SlowReplyState[];

/** What the gateway itself says around a button. `offer` and `working` are messages with a button. */
export const NOTICE_KINDS = ["offer", "working", "told", "failed", "expired", "not-yours"] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What a row of the outbox holds: the agent's words, our button, or our own words without one. */
export const DELIVERY_KINDS = ["answer", "button", "notice"] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export function deliveryKindOf(notice: NoticeKind): DeliveryKind {
  return notice === "offer" || notice === "working" ? "button" : "notice";
}

export interface Tap {
  /** `null`: nobody knows the ticket, or it is of another conversation. */
  readonly state: SlowReplyState | null;
  /** Something of the answer is still to be sent. */
  readonly waiting: boolean;
  /** The platform doesn't say that it was somebody else than those who asked. */
  readonly mine: boolean;
  readonly now: number;
  readonly expiresAt: number;
}

/** What a tap gets: the answer, or words of ours. An answer that is there is never withheld for its age. */
export function answerTap(tap: Tap): "deliver" | NoticeKind {
  if (tap.state === null) return "expired";
  if (!tap.mine) return "not-yours";
  switch (tap.state) {
    case "ready":
      return tap.waiting ? "deliver" : "failed";
    case "told":
      return "told";
    case "offered":
      return tap.now < tap.expiresAt ? "working" : "expired";
    case "failed":
      return tap.now < tap.expiresAt ? "failed" : "expired";
    default:
      return tap.state satisfies never;
  }
}
