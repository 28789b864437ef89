import { type Clock, pause } from "../../runtime/clock.ts";
import type { CallResult, PlatformClient } from "../platform-client.ts";
import type { Changes } from "./changes.ts";
import type { Fault, FaultAnswer } from "./faults.ts";
import type { Pending } from "./pending.ts";
import type { PlatformAnswer, PlatformRequest, PlatformResult, SimulatedPlatform } from "./platform.ts";

export interface SharedCall {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Status of the answer; `null` until there is one. */
  readonly status: number | "disconnect" | null;
  readonly response: string | null;
  /** The platform accepted this call's messages, whatever it answered. */
  readonly accepted: boolean;
}

export type Open<C extends SharedCall> = { -readonly [K in keyof C]: C[K] };
export type OpenCall = Open<SharedCall>;

/** Record of an incoming call. `path`: without secrets. */
export function callOf(clock: Clock, { method, body }: PlatformRequest, path: string): OpenCall {
  const text = new TextDecoder().decode(body);
  return { at: clock.now(), method, path, body: text, status: null, response: null, accepted: false };
}

export interface Answering {
  readonly fault: Fault | null;
  /** Executes the call in one synchronous step, so that two calls can't both spend a token. */
  readonly respond: () => PlatformResult | Promise<PlatformResult>;
  /** The platform's answer for a fault. */
  readonly broken: (how: FaultAnswer, message?: string) => PlatformResult;
}

/** Answers a call, injects its fault and records the answer. */
export async function answerCall(
  { pending, changes }: { readonly pending: Pending; readonly changes: Changes },
  call: OpenCall,
  answering: Answering,
): Promise<PlatformResult> {
  if (answering.fault !== null) changes.emit("fault", { method: call.method, path: call.path, ...answering.fault });
  const result = await meetFault(pending, answering);
  call.status = result === "disconnect" ? "disconnect" : result.status;
  call.response = result === "disconnect" || result.bytes !== undefined ? null : result.body;
  changes.emit("call", call);
  return result;
}

async function meetFault(pending: Pending, { fault, respond, broken }: Answering): Promise<PlatformResult> {
  if (fault?.at === "before-accept") return broken(fault.how, fault.message);
  if (fault?.at === "stall") await pending.pause(fault.delayMs);
  const answer = await respond();
  if (fault?.at === "slow") await pending.pause(fault.delayMs);
  return fault?.at === "after-accept" ? broken(fault.how, fault.message) : answer;
}

export function json(status: number, body: unknown, headers: PlatformAnswer["headers"] = {}): PlatformAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** Names in lower case. */
export function headersOf({ headers }: PlatformRequest): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

export interface SocketlessOptions {
  readonly clock: Clock;
  readonly sendTimeoutMs: number;
  readonly isReachable?: () => boolean;
}

/** A platform client of a simulated platform in memory. */
export function socketless(handle: SimulatedPlatform["handle"], options: SocketlessOptions): PlatformClient {
  const { clock, sendTimeoutMs, isReachable = () => true } = options;
  const call = async (method: string, path: string, headers: PlatformRequest["headers"], body: string) => {
    if (!isReachable()) return without({ phase: "not-sent", reason: "connection refused" });
    const late = new AbortController();
    const result = await Promise.race([
      handle({ method, path, headers, body: new TextEncoder().encode(body) }),
      pause(clock, sendTimeoutMs, late.signal).then(() => "late" as const),
    ]);
    late.abort();
    if (typeof result === "string") return without({ phase: "no-answer", reason: `no answer: ${result}` });
    const reached = { phase: "answered", status: result.status, body: result.body, retryAfterMs: 0 } as const;
    return { reached, headers: new Map(Object.entries(result.headers)) };
  };
  return {
    post: (path, headers, body) => call("POST", path, headers, body),
    get: (path, headers) => call("GET", path, headers, ""),
    close: async () => {},
  };
}

function without(reached: CallResult["reached"]): CallResult {
  return { reached, headers: new Map() };
}
