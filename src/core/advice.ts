import { assess, ITEM_ACTIONS, type ItemAction, type Refusal, type Subject } from "./operator-action.ts";

/** An operator's view of an item: why it waits, and what each allowed action would do. */
export interface Advice {
  readonly why: string;
  readonly can: readonly { readonly action: ItemAction; readonly effect: string; readonly needsForce: boolean }[];
}

export function adviceOf(subject: Subject, reason: string | null): Advice {
  const allowed = ITEM_ACTIONS.map((action) => ({
    action,
    plain: assess(subject, action).kind === "allowed",
    forced: assess(subject, action, true).kind === "allowed",
  }));
  return {
    why: whyOf(subject, reason),
    can: allowed
      .filter(({ forced }) => forced)
      .map(({ action, plain }) => ({ action, effect: effectOf(subject, action), needsForce: !plain })),
  };
}

function whyOf(subject: Subject, reason: string | null): string {
  const because = reason === null ? "" : ` (${reason})`;
  if (subject.isDiscarded) return `An operator discarded it${because}. Nothing more is done with it.`;
  if (subject.kind === "turn") return whyOfTurn(subject, because);
  const { state } = subject;
  switch (state) {
    case "dead":
      return subject.mayHaveArrived
        ? `It ended without a certain outcome${because}. The person may have it or not.`
        : `It was given up${because}. The person certainly doesn't have it.`;
    case "unknown":
      return subject.isDue
        ? `It isn't known yet whether the platform accepted it${because}. The gateway is still finding out by itself.`
        : `It isn't known whether the platform accepted it${because}, and the platform can't tell a repeat from a second message. Check the chat: does the person have it?`;
    case "parked":
      return `No route is open for it${because}. It goes out by itself with the person's next message.`;
    case "pending":
      return subject.waitsForAccount
        ? `Its account is stopped, or tries with another delivery first: it waits until that works${because}.`
        : `It waits for its next try${because}.`;
    case "sending":
      return "Its call is in flight.";
    case "sent":
      return "The platform has it.";
    default:
      return state satisfies never;
  }
}

function whyOfTurn(turn: Subject & { kind: "turn" }, because: string): string {
  switch (turn.state) {
    case "dead":
      return turn.isPartlyAnswered
        ? `The agent failed after a part of the answer had been given${because}. The rest of it never came.`
        : `The agent didn't answer it${because}. The person waits for an answer.`;
    case "collecting":
      return "It waits for the person to pause.";
    case "ready":
      return `It waits for the agent${because}.`;
    case "leased":
      return "The agent has it.";
    case "done":
      return "It was answered.";
    case "empty":
      return "Its events are gone.";
    case "skipped":
      return "It came while the conversation was busy, and asked for no answer.";
    default:
      return turn.state satisfies never;
  }
}

function effectOf(subject: Subject, action: ItemAction): string {
  switch (action) {
    case "replay":
      if (subject.kind === "delivery") {
        return effectOfReplay(subject);
      }
      if (subject.state === "ready") return "hand the turn to the agent now; its failures don't count any more";
      return subject.isPartlyAnswered
        ? "hand the turn to the agent again: the person may read a part twice; the old answer's dead deliveries are discarded"
        : "hand the turn to the agent again, with the same events";
    case "discard":
      return subject.kind === "turn" && subject.state === "leased"
        ? "give it up for good; what the agent answers is refused, and the conversation goes on"
        : "give it up for good; it stays in the history until retention deletes it";
    case "sent":
      return "the person has it: mark it as sent";
    case "resend":
      return "send it once more: if the first copy arrived, the person reads it twice";
    default:
      return action satisfies never;
  }
}

function effectOfReplay({ state, waitsForAccount }: Subject & { kind: "delivery" }): string {
  if (state === "parked") return "try it now, also by a paid route; if none is open it is parked again";
  if (waitsForAccount) return "send it when its account works again: turnpike account start";
  return state === "pending" ? "try it now, with all its attempts again" : "send it now, in its place";
}

/** Why an action was refused, for people. */
export const REFUSAL_MESSAGES: Readonly<Record<Refusal, string>> = {
  "wrong-state": "that is not possible from its state",
  discarded: "it was discarded, and that is final",
  "partly-answered": "a part of its answer was given: with --force the person may read that part twice",
  "may-have-arrived": "the person may have it: check the chat, then resend or discard",
  "never-arrived": "no copy of it can have arrived: replay brings it back",
  "settles-itself": "the gateway is still finding out by itself: wait, or mark it as sent or discard it if you know",
  "bundled-into-another": "it is bundled into another delivery and shares its outcome: act on that one",
};
