import type { Agent, AgentPart } from "../../agents/agent.ts";
import {
  type AccountKey,
  accountKeyOf,
  CONVERSATION_KINDS,
  type Conversation,
  type ConversationKind,
} from "../../core/conversation.ts";
import type { Deps } from "../deps.ts";

/*
 * Places for turns at the agents. Each agent has its own, and of an agent that serves several accounts no account takes
 * all: one that hangs, or floods, costs the others nothing (G12). Turns that failed before have a quarter, after the rest.
 */

export type CapacityDeps = Pick<Deps, "agent" | "channels" | "runner" | "settings">;

/** An account's conversations at one of the agents. */
export interface Queue {
  readonly part: AgentPart;
  readonly accountKey: AccountKey;
  /** `undefined`: all kinds. */
  readonly kinds: readonly ConversationKind[] | undefined;
}

/** Of an agent's places, for one of several accounts; and for turns that failed before. */
const SHARE_OF_ACCOUNT = 3 / 4;
const SHARE_OF_FAILED = 1 / 4;

export function partsOf(agent: Agent): readonly AgentPart[] {
  return agent.parts ?? [{ name: agent.name, agent, serves: () => true }];
}

/** The queues whose agent can be reached. */
export function queuesOf({ agent, channels }: CapacityDeps): readonly Queue[] {
  return partsOf(agent).flatMap((part) =>
    channels.accountKeys
      .filter((accountKey) => part.agent.isReachable(accountKey))
      .flatMap((accountKey) => {
        const kinds = CONVERSATION_KINDS.filter((kind) => part.serves(accountKey, kind));
        if (kinds.length === 0) return [];
        return { part, accountKey, kinds: kinds.length === CONVERSATION_KINDS.length ? undefined : kinds };
      }),
  );
}

/** The queue of a conversation; `null`: no agent serves it, or its agent can't be reached. */
export function queueFor(
  deps: CapacityDeps,
  conversation: Pick<Conversation, "channel" | "account" | "kind">,
): Queue | null {
  const accountKey = accountKeyOf(conversation);
  const { kind } = conversation;
  return (
    queuesOf(deps).find((queue) => queue.accountKey === accountKey && (queue.kinds?.includes(kind) ?? true)) ?? null
  );
}

/** Names of what is counted: turns of an agent, of an account at it, those that failed before, and claims under way. */
const turnsOf = ({ name }: AgentPart) => `turns of ${name}`;
const turnsOfQueue = ({ part, accountKey }: Queue) => `${turnsOf(part)}, ${accountKey}`;
const failedOf = ({ name }: AgentPart) => `failed ${name}`;
const pendingOf = ({ name }: AgentPart) => `pending ${name}`;

/** How many turns of this process the agent has. */
export function turnsAt({ runner }: Pick<CapacityDeps, "runner">, part: AgentPart): number {
  return runner.reserved(turnsOf(part));
}

/** How many more turns the agent may get from this process. */
export function freePlacesAt({ runner, settings }: CapacityDeps, part: AgentPart): number {
  const own = settings.maxTurnsAtOnce - runner.reserved(turnsOf(part));
  const ofAgent = part.agent.freePlaces?.() ?? Number.POSITIVE_INFINITY;
  return Math.min(own, ofAgent) - runner.reserved(pendingOf(part));
}

/** How many of them may have failed before. */
export function freePlacesForFailed({ runner, settings }: CapacityDeps, part: AgentPart): number {
  const own = Math.ceil(settings.maxTurnsAtOnce * SHARE_OF_FAILED) - runner.reserved(failedOf(part));
  return Math.min(own, part.agent.freePlacesForFailed?.() ?? Number.POSITIVE_INFINITY);
}

/** How many of them may be of that account. */
export function freePlacesInQueue({ runner, settings, channels }: CapacityDeps, queue: Queue): number {
  if (channels.accountKeys.length === 1) return Number.POSITIVE_INFINITY;
  return Math.ceil(settings.maxTurnsAtOnce * SHARE_OF_ACCOUNT) - runner.reserved(turnsOfQueue(queue));
}

/** Takes the place of a turn that its agent gets now. Returns how to release it, once. */
export function takePlace({ runner }: CapacityDeps, queue: Queue, hasFailed: boolean): () => void {
  const names = [turnsOf(queue.part), turnsOfQueue(queue), ...(hasFailed ? [failedOf(queue.part)] : [])];
  const releases = names.map((name) => runner.reserve(name));
  return () => {
    for (const release of releases) release();
  };
}

/** For a turn that a transaction may claim on its way. */
export function takePending({ runner }: CapacityDeps, part: AgentPart): () => void {
  return runner.reserve(pendingOf(part));
}

/** One from each list in turn. */
export function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
