import { assess, OPERATOR_ACTIONS, type OperatorAction, type Refusal, type Subject } from "./operator-action.ts";

/** What an operator reads of something that waits: why it does, and what each allowed action would do. */
export interface Advice {
  readonly why: string;
  readonly can: readonly { readonly action: OperatorAction; readonly effect: string; readonly needsForce: boolean }[];
}

export function adviceOf(subject: Subject, reason: string | null): Advice {
  const allowed = OPERATOR_ACTIONS.map((action) => ({
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
  if (subject.isDiscarded) return `A person discarded it: nobody waits for it any more${because}.`;
  if (subject.kind === "turn") return whyOfTurn(subject, because);
  const { state } = subject;
  switch (state) {
    case "dead":
      return subject.mayHaveArrived
        ? `It ended without a certain outcome${because}. The person may have it or not.`
        : `It was given up${because}. The person certainly doesn't have it.`;
    case "unknown":
      return subject.isDue
        ? `Nobody knows yet whether the platform took it${because}. The gateway is still finding out by itself.`
        : `Nobody knows whether the platform took it${because}, and no repeat could be told from a second copy. Look at the chat: does the person have it?`;
    case "parked":
      return `No route is open for it${because}. It goes out by itself with the person's next message.`;
    case "pending":
      return `It waits for its next try${because}.`;
    case "sending":
      return "Its call is on its way.";
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

function effectOf(subject: Subject, action: OperatorAction): string {
  switch (action) {
    case "replay":
      if (subject.kind === "delivery") {
        return subject.state === "parked"
          ? "try it now, also by a paid route; if none is open it waits again"
          : "send it now, in its place";
      }
      return subject.isPartlyAnswered
        ? "hand the turn to the agent again: the person may read a part twice; what died of the old answer is discarded"
        : "hand the turn to the agent again, with the same events";
    case "discard":
      return "give it up for good; it stays in the history until retention deletes it";
    case "sent":
      return "the person has it: mark it as sent";
    case "resend":
      return "send it once more: if the first copy arrived, the person reads it twice";
    default:
      return action satisfies never;
  }
}

/** Why an action changed nothing, in words. */
export const REFUSAL_WORDS: Readonly<Record<Refusal, string>> = {
  "wrong-state": "that is not possible from its state",
  discarded: "it was discarded, and that is final",
  "partly-answered": "a part of its answer was given: with --force the person may read that part twice",
  "may-have-arrived": "the person may have it: look at the chat, then say resend or discard",
  "never-arrived": "no copy of it can have arrived: replay brings it back",
  "settles-itself": "the gateway is still finding out by itself: wait, or say sent or discard if you know",
  "bundled-into-another": "it travels in front of another delivery and ends as that one does: act on that one",
};
