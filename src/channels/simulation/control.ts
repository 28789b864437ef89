import { z } from "zod";
import type { Faults } from "./faults.ts";
import { BadCommand, type Command } from "./platform.ts";
import type { Screen } from "./screen.ts";

/** A command with validated input. */
export function command<T>(input: z.ZodType<T>, run: (input: T) => unknown): Command {
  return (given) => {
    const read = input.safeParse(given);
    if (!read.success) throw new BadCommand(z.prettifyError(read.error));
    return run(read.data);
  };
}

/** A command without a result. */
export function order<T>(input: z.ZodType<T>, run: (input: T) => void): Command {
  return command(input, (given) => {
    run(given);
    return {};
  });
}

export const name = z.string().min(1);
export const nothing = z.unknown();
/** Input about the way of a webhook: its first copy is lost, its answer is lost, it leaves later. */
export const going = {
  lost: z.boolean().default(false),
  answerLost: z.boolean().default(false),
  delayMs: z.int().min(0).max(600_000).default(0),
};
/** Input of every person's action: who, and how its webhook goes. */
export const person = z.object({ peerId: name, ...going });
/** A person alone, for what posts no webhook. */
export const named = z.object({ peerId: name });

const answer = z.union([z.literal("disconnect"), z.int().min(200).max(599)]);
const how = { how: answer, message: z.string().default("") };
const delayMs = z.int().min(0);
const fault = z.discriminatedUnion("at", [
  z.object({ ...how, at: z.literal("before-accept") }),
  z.object({ ...how, at: z.literal("after-accept") }),
  z.object({ delayMs, at: z.literal("slow") }),
  z.object({ delayMs, at: z.literal("stall") }),
]);

/** Commands for faults of the API; `route` is the schema of a route's name. */
export function faultCommands<Route extends string>(
  faults: Faults<Route>,
  route: z.ZodType<Route | "any">,
): Readonly<Record<"faults" | "clear-faults", Command>> {
  const place = z.object({ route, times: z.int().min(1).default(1) });
  return {
    faults: order(z.intersection(place, fault), ({ route: where, ...asked }) => {
      if ("message" in asked && asked.message === "") {
        const { message: _, ...unsaid } = asked;
        faults.next(where, unsaid);
      } else faults.next(where, asked);
    }),
    "clear-faults": order(nothing, () => faults.clear()),
  };
}

export const webhookAddress = z.object({ url: z.url({ protocol: /^https?$/ }) });

interface Watched {
  readonly faults: Pick<Faults<string>, "armed">;
  readonly calls: readonly unknown[];
  readonly webhooks: readonly unknown[];
  seenBy(peerId: string): readonly unknown[];
  screenOf(peerId: string): Screen;
}

/** Views of every platform for a separate process. */
export function sharedViews(simulator: Watched): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    seen: (peerId) => simulator.seenBy(peerId),
    screen: (peerId) => simulator.screenOf(peerId),
    calls: () => simulator.calls,
    webhooks: () => simulator.webhooks,
    faults: () => simulator.faults.armed(),
  };
}

/** Sets only the fields that were given. */
export function assignGiven<T extends object>(target: T, given: { readonly [K in keyof T]?: T[K] | undefined }): T {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.assign(target, Object.fromEntries(set));
}
