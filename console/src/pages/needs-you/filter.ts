/** What of all that waits is shown, as the address says it: pure, so that it is tested without a browser. */
import type { Wire } from "../../../../src/http/admin/wire.ts";
import type { Params } from "../../client/api.ts";

export type WaitingState = Wire["overview"]["waiting"][number]["state"];

/** Those that only a person can end come first. */
export const STATES = [
  "dead",
  "unknown",
  "parked",
  "pending",
  "sending",
  "ready",
  "leased",
  "collecting",
] as const satisfies readonly WaitingState[];
const FOR_A_PERSON: readonly WaitingState[] = ["dead", "unknown"];

export const KINDS = ["turn", "delivery"] as const;
export type Kind = (typeof KINDS)[number];
export const SINCE = ["1h", "24h", "7d"] as const;

/** As it stands in the address; what is absent filters nothing, and without `state` it is what needs a person. */
export interface Filter {
  readonly state?: string;
  readonly kind?: Kind;
  readonly channel?: string;
  readonly account?: string;
  readonly conversation?: string;
  readonly since?: string;
  readonly group?: "reason";
}

const SPAN = /^([1-9]\d{0,2})([mhd])$/;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the address says, without what can't be meant. */
export function readFilter(search: Readonly<Record<string, unknown>>): Filter {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" && value !== "" && value.length <= 200 ? { [name]: value } : {};
  };
  const kind = KINDS.find((one) => one === search.kind);
  const states = typeof search.state === "string" ? search.state.split(",") : [];
  return {
    ...withStates({}, (one) => states.includes(one)),
    ...(kind !== undefined && { kind }),
    ...text("channel"),
    ...text("account"),
    ...text("conversation"),
    ...(typeof search.since === "string" && SPAN.test(search.since) && { since: search.since }),
    ...(search.group === "reason" && { group: "reason" }),
  };
}

export function statesOf({ state }: Filter): readonly WaitingState[] {
  const named = state?.split(",") ?? [];
  return state === undefined ? FOR_A_PERSON : STATES.filter((one) => named.includes(one));
}

/** With none of the states, or just those that need a person, nothing of it stands in the address. */
export function withStates({ state: _, ...rest }: Filter, isWanted: (state: WaitingState) => boolean): Filter {
  const wanted = STATES.filter(isWanted);
  const isUsual = wanted.length === FOR_A_PERSON.length && FOR_A_PERSON.every((one) => wanted.includes(one));
  return wanted.length === 0 || isUsual ? rest : { ...rest, state: wanted.join(",") };
}

/** Whether it leaves anything out besides states, so that an empty list may be empty because of it. */
export function narrows({ kind, channel, account, conversation, since }: Filter): boolean {
  return [kind, channel, account, conversation, since].some((one) => one !== undefined);
}

/** For the API. */
export function paramsOf(filter: Filter, now: number): Params {
  const { group: _, since, ...rest } = filter;
  const [, count, unit = ""] = SPAN.exec(since ?? "") ?? [];
  const from = count === undefined ? undefined : now - Number(count) * (UNITS[unit] ?? 0);
  return {
    ...rest,
    state: statesOf(filter).join(","),
    ...(from !== undefined && { since: new Date(from).toISOString() }),
  };
}

export function addressOfFilter(filter: Filter): string {
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = new URLSearchParams(given).toString();
  return query === "" ? "/needs-you" : `/needs-you?${query}`;
}
