/**
 * A fault that stays with some people of a run, or with one account and its agent, for as long as the trouble lasts; and
 * whom it must cost nothing (G12).
 */
import type { Agent } from "../../../src/agents/agent.ts";
import { withBreaker } from "../../../src/agents/breaker.ts";
import { routedAgents } from "../../../src/agents/routed-agents.ts";
import type { Fault } from "../../../src/channels/simulation/faults.ts";
import { LOCAL_ACCOUNTS, type LocalRefusals } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { GatewaySettings } from "../../../src/config/gateway-settings.ts";
import type { Manner } from "./handed.ts";
import { createPrng, type Prng } from "./seeded-prng.ts";
import { TIMES } from "./times.ts";

export const accountOfChat = (chat: number): number => chat % LOCAL_ACCOUNTS.length;

const AT_AGENT = ["hangs", "fails", "drops", "unreadable", "flaps"] as const;
const AT_PLATFORM = ["hangs", "disconnects", "refuses", "flaps"] as const;
/** Of a whole account the platform may say as well that it calls too often. */
const AT_ACCOUNT = [...AT_PLATFORM, "limits"] as const;

type Place =
  | { readonly at: "agent"; readonly how: (typeof AT_AGENT)[number] }
  | { readonly at: "platform"; readonly how: (typeof AT_ACCOUNT)[number] };

export type LocalFault = Place & {
  /** Chats whose turns or messages meet it. */
  readonly affected: ReadonlySet<number>;
  /** Chats that must notice nothing of it. */
  readonly unaffected: ReadonlySet<number>;
  /** The first account has an agent of its own, which the fault is at. */
  readonly hasOwnAgent: boolean;
  /** What a message of an unaffected chat may wait for its answer, in ms. */
  readonly boundMs: number;
};

const WITHOUT_PLACES = {
  agent: { at: "agent", how: "fails" },
  platform: { at: "platform", how: "refuses" },
} as const satisfies Readonly<Record<Place["at"], Place>>;

/** Few places, so that a handful of people takes all that the gateway lets them have. */
export const LOCAL_LIMITS = { maxTurnsAtOnce: 4, maxCallsAtOnce: 4 } as const;
/** An account of two may have both places of its own agent: what is left to the other is at the other agent. */
const OWN_AGENT_LIMITS = { ...LOCAL_LIMITS, maxTurnsAtOnce: 2 } as const;

export function limitsOf({ hasOwnAgent }: LocalFault): Pick<GatewaySettings, keyof typeof LOCAL_LIMITS> {
  return hasOwnAgent ? OWN_AGENT_LIMITS : LOCAL_LIMITS;
}

/** What an account of two gets of an agent's places: three quarters (`capacity.ts`). */
const ACCOUNT_TURNS = 3;
const BREAKER = { failures: 3, openMs: 250 } as const;

export function localFaultOf(seed: number, chats: number): LocalFault {
  const draw = createPrng(seed, "local fault");
  const isOfAccount = draw.happens(0.4);
  const affected = isOfAccount ? chatsOfFirst(chats) : some(draw, chats);
  const place: Place = draw.happens(0.5)
    ? { at: "agent", how: draw.pick(AT_AGENT) }
    : { at: "platform", how: draw.pick(isOfAccount ? AT_ACCOUNT : AT_PLATFORM) };
  const hasOwnAgent = isOfAccount && place.at === "agent" && draw.happens(0.5);
  const unaffected = unaffectedBy(place, { chats, affected, hasOwnAgent });
  // Where it would take all places, it is one that takes none.
  const fault = unaffected.size > 0 ? place : WITHOUT_PLACES[place.at];
  return {
    ...fault,
    affected,
    hasOwnAgent,
    unaffected: unaffected.size > 0 ? unaffected : without(chats, affected),
    boundMs: boundMs(fault, affected.size, hasOwnAgent),
  };
}

function chatsOfFirst(chats: number): ReadonlySet<number> {
  return new Set(Array.from({ length: chats }, (_, chat) => chat).filter((chat) => accountOfChat(chat) === 0));
}

/** At least one, and not all. */
function some(draw: Prng, chats: number): ReadonlySet<number> {
  const others = Array.from({ length: chats }, (_, chat) => chat);
  const count = draw.between(1, chats - 1);
  return new Set(Array.from({ length: count }, () => others.splice(draw.between(0, others.length - 1), 1)).flat());
}

function without(chats: number, affected: ReadonlySet<number>): ReadonlySet<number> {
  return new Set(Array.from({ length: chats }, (_, chat) => chat).filter((chat) => !affected.has(chat)));
}

interface Whom {
  readonly chats: number;
  readonly affected: ReadonlySet<number>;
  readonly hasOwnAgent: boolean;
}

/**
 * Whoever is not affected, but where the affected hang: each of them takes a place, and of those that all share one must
 * be left.
 */
function unaffectedBy({ at, how }: Place, { chats, affected, hasOwnAgent }: Whom): ReadonlySet<number> {
  const others = [...without(chats, affected)];
  const inAccount = (account: number) => [...affected].filter((chat) => accountOfChat(chat) === account).length;
  // The platform's calls may be of any kind there, so some of them hang.
  const mayHang = how === "hangs" || (at === "platform" && how === "flaps");
  if (!mayHang || hasOwnAgent) return new Set(others);
  if (at === "platform") {
    return new Set(others.filter((chat) => inAccount(accountOfChat(chat)) < LOCAL_LIMITS.maxCallsAtOnce));
  }
  const taken = Math.min(inAccount(0), ACCOUNT_TURNS) + Math.min(inAccount(1), ACCOUNT_TURNS);
  if (taken >= LOCAL_LIMITS.maxTurnsAtOnce) return new Set();
  return new Set(others.filter((chat) => inAccount(accountOfChat(chat)) < ACCOUNT_TURNS));
}

/** Frames between a bot and the gateway that a turn waits for, 5 ms each: the turn, its word, the next one's credit. */
const SOCKET_MS = 20;
/** Names are asked for before the agent gets a turn, and no longer (`namesWaitMs`). */
const NAMES_MS = 300;
/** As elsewhere: work that takes several rounds of the event loop is done at the next timer. */
const GRACE_MS = 250;

/**
 * A turn collects for `maxWaitMs` at most, and names may take their time. A place at the agent and one for the call is left
 * free, and the unaffected take it one after the other. A breaker that the affected have opened is the only thing that
 * holds up others: it opens when `failures` of them have failed, and again, for twice as long, when a further one fails
 * that had not; each can do so once between two answers. Whoever writes meanwhile waits for the last of these times at
 * most, since in half-open a turn that has not failed goes at once.
 */
function boundMs({ at, how }: Place, affected: number, hasOwnAgent: boolean): number {
  const fails = at === "agent" && (how === "fails" || how === "drops" || how === "flaps") && !hasOwnAgent;
  const opened = fails && affected >= BREAKER.failures ? BREAKER.openMs * 2 ** (affected - BREAKER.failures) : 0;
  return TIMES.maxWaitMs + NAMES_MS + opened + CHATS_MAX * SOCKET_MS + GRACE_MS;
}

export const CHATS_MIN = 4;
export const CHATS_MAX = 7;

/** In what manner a bot takes the turn of an affected chat. */
export function mannerOf({ how }: LocalFault & { at: "agent" }, prng: Prng): Manner {
  return how === "flaps" ? prng.pick(["fails", "quick"] as const) : how;
}

/** The agents of such a run, where they are functions. */
export function localAgents({ hasOwnAgent }: LocalFault, agent: Agent): Agent {
  if (!hasOwnAgent) return withBreaker(agent, BREAKER);
  const own = withBreaker({ ...agent, name: "own" }, BREAKER);
  const shared = withBreaker({ ...agent, name: "shared" }, BREAKER);
  return routedAgents({ own, shared }, [{ account: LOCAL_ACCOUNTS[0], agent: "own" }, { agent: "shared" }]);
}

/** Longer than a call may take. */
const HANGS_MS = [TIMES.sendTimeoutMs + 500, 12_000] as const;

/** What a call to an affected chat meets. `refusals`, `limits`: how that platform says so. */
export function callFaultOf(
  how: LocalFault["how"],
  { refusals, limits }: { readonly refusals: LocalRefusals; readonly limits: LocalRefusals },
  prng: Prng,
): Fault | null {
  switch (how) {
    case "hangs":
      return { at: prng.pick(["stall", "slow"] as const), delayMs: prng.between(...HANGS_MS) };
    case "disconnects":
      return { at: prng.pick(["before-accept", "after-accept"] as const), how: "disconnect" };
    case "refuses":
      return { at: "before-accept", ...prng.pick(refusals) };
    case "limits":
      return { at: "before-accept", ...prng.pick(limits) };
    default:
      if (prng.happens(0.5)) return null;
      return callFaultOf(prng.pick(["hangs", "disconnects", "refuses"] as const), { refusals, limits }, prng);
  }
}
