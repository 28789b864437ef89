import { z } from "zod";
import type { Faults } from "./faults.ts";
import { BadCommand, type Command } from "./platform.ts";

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
/** Input of every person's action: who, and whether its webhook is lost. */
export const person = z.object({ peerId: name, lost: z.boolean().default(false) });

const answer = z.union([z.literal("disconnect"), z.int().min(200).max(599)]);
const how = { how: answer, message: z.string().default("") };
const delayMs = z.int().min(0);
const fault = z.discriminatedUnion("at", [
  z.looseObject({ ...how, at: z.literal("before-accept") }),
  z.looseObject({ ...how, at: z.literal("after-accept") }),
  z.looseObject({ delayMs, at: z.literal("slow") }),
  z.looseObject({ delayMs, at: z.literal("stall") }),
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
  readonly calls: readonly unknown[];
  readonly webhooks: readonly unknown[];
  seenBy(peerId: string): readonly unknown[];
}

/** Views of every platform for a separate process. */
export function sharedViews(simulator: Watched): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    seen: (peerId) => simulator.seenBy(peerId),
    calls: () => simulator.calls,
    webhooks: () => simulator.webhooks,
  };
}
