import type { DeliveryState } from "./delivery.ts";
import type { TurnState } from "./turn.ts";

/*
 * What an operator does to items: dead letters and other waiting work. A row of the tables below says from which state, and
 * to which. Of `ready`, `leased` and `pending` only what is listed: what fails again and again, or waits for a stopped account.
 * The moves are those of `turn.ts` and `delivery.ts`; a discarded row stays `dead` and is marked, and no longer listed.
 *
 *            turn             delivery
 *   replay   dead → ready     dead → pending, parked → pending    put back to work
 *            ready → ready    pending → pending                   tried now, and with all its attempts again
 *   discard  dead → dead      dead, unknown, parked → dead        given up for good
 *            ready → dead     pending → dead
 *            leased → dead                                        what the agent still says to it is refused
 *   sent     –                unknown → sent                      the person has it
 *   resend   –                unknown → pending, dead → pending   once more; the person may read it twice
 */
export const ITEM_ACTIONS = ["replay", "discard", "sent", "resend"] as const;
export type ItemAction = (typeof ITEM_ACTIONS)[number];

/** What an operator does to a conversation: takes it over from the bot, and gives it back. */
export const CONVERSATION_ACTIONS = ["pause", "resume"] as const;
export type ConversationAction = (typeof CONVERSATION_ACTIONS)[number];

/** All that the audit log holds: those, what is done to items, and the start of a stopped account. */
export const OPERATOR_ACTIONS = [...ITEM_ACTIONS, "start", ...CONVERSATION_ACTIONS] as const;
export type OperatorAction = (typeof OPERATOR_ACTIONS)[number];

type Moves<State extends string> = Readonly<Record<ItemAction, Readonly<Partial<Record<State, State>>>>>;

export const TURN_MOVES = {
  replay: { dead: "ready", ready: "ready" },
  discard: { dead: "dead", ready: "dead", leased: "dead" },
  sent: {},
  resend: {},
} as const satisfies Moves<TurnState>;

export const DELIVERY_MOVES = {
  replay: { dead: "pending", parked: "pending", pending: "pending" },
  discard: { dead: "dead", unknown: "dead", parked: "dead", pending: "dead" },
  sent: { unknown: "sent" },
  resend: { unknown: "pending", dead: "pending" },
} as const satisfies Moves<DeliveryState>;

/** Why an action on an existing row is refused. Nothing is changed then. */
export const REFUSALS = [
  /** Not from this state. */
  "wrong-state",
  /** It was discarded before, and that is final. */
  "discarded",
  /** A part of the turn's answer was queued or sent. */
  "partly-answered",
  /** A call of it may have been accepted: only `resend` accepts that the person may read it twice. */
  "may-have-arrived",
  /** No call of it can have been accepted: `replay` is the safe action. */
  "never-arrived",
  /** The gateway will still settle it, by an idempotent repeat or by a receipt. */
  "settles-itself",
  /** It is bundled into another delivery and shares its outcome. */
  "bundled-into-another",
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** The facts that decide whether an action is allowed. */
export type Subject = TurnSubject | DeliverySubject;

interface TurnSubject {
  readonly kind: "turn";
  readonly state: TurnState;
  readonly isDiscarded: boolean;
  readonly isPartlyAnswered: boolean;
  /** An agent has failed at it `LISTED_AFTER` times. */
  readonly isFailing: boolean;
}

interface DeliverySubject {
  readonly kind: "delivery";
  readonly state: DeliveryState;
  readonly isDiscarded: boolean;
  /** An attempt that still counts has an unknown outcome. */
  readonly mayHaveArrived: boolean;
  /** The gateway will try it again by itself. */
  readonly isDue: boolean;
  /** The delivery that it is bundled into, while that one isn't settled. */
  readonly bundledInto: string | null;
  /** It was tried `LISTED_AFTER` times. */
  readonly isFailing: boolean;
  /** Its account is stopped, or resumes with one delivery at a time. */
  readonly waitsForAccount: boolean;
}

export type Verdict<State extends string = TurnState | DeliveryState> =
  | { readonly kind: "allowed"; readonly to: State }
  | { readonly kind: "refused"; readonly why: Refusal };

/** `force`: replay a turn though a part of its answer was sent. The person may read that part twice. */
export function assess(subject: Subject, action: ItemAction, force = false): Verdict {
  if (subject.isDiscarded) return refused("discarded");
  return subject.kind === "turn" ? assessTurn(subject, action, force) : assessDelivery(subject, action);
}

function assessTurn(turn: TurnSubject, action: ItemAction, force: boolean): Verdict<TurnState> {
  const moves: Readonly<Partial<Record<TurnState, TurnState>>> = TURN_MOVES[action];
  const to = moves[turn.state];
  if (to === undefined || (turn.state !== "dead" && !turn.isFailing)) return refused("wrong-state");
  if (action === "replay" && turn.isPartlyAnswered && !force) return refused("partly-answered");
  return { kind: "allowed", to };
}

function assessDelivery(delivery: DeliverySubject, action: ItemAction): Verdict<DeliveryState> {
  const moves: Readonly<Partial<Record<DeliveryState, DeliveryState>>> = DELIVERY_MOVES[action];
  const to = moves[delivery.state];
  const isOnItsWay = delivery.state === "pending" && !delivery.isFailing && !delivery.waitsForAccount;
  if (to === undefined || isOnItsWay) return refused("wrong-state");
  if (delivery.bundledInto !== null) return refused("bundled-into-another");
  if (action === "replay" && delivery.mayHaveArrived) return refused("may-have-arrived");
  if (action === "resend" && delivery.state === "dead" && !delivery.mayHaveArrived) return refused("never-arrived");
  if (action === "resend" && delivery.isDue) return refused("settles-itself");
  return { kind: "allowed", to };
}

function refused(why: Refusal): { readonly kind: "refused"; readonly why: Refusal } {
  return { kind: "refused", why };
}
