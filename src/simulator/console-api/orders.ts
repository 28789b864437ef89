import { z } from "zod";
import { check, type Parsed } from "../../runtime/parse-json.ts";
import { AGENT_MODES, type AgentOrder, type GatewayOrder } from "./wire.ts";

/** Longer the gateway of a demo doesn't wait for the agent. */
export const AGENT_DELAY_MAX_MS = 50_000;
const MINUTE = 60_000;
const RESTART_AFTER_MS = 3_000;

/** Strict: a misspelt field changes nothing, and isn't overlooked. */
export const AGENT_ORDER: z.ZodType<AgentOrder> = z.strictObject({
  mode: z.enum(AGENT_MODES),
  delayMs: z.int().min(0).max(AGENT_DELAY_MAX_MS).optional(),
  status: z.int().min(400).max(599).optional(),
  times: z.int().min(1).max(1_000).nullable().optional(),
});

export const GATEWAY_ORDER: z.ZodType<GatewayOrder> = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("kill"),
    restartAfterMs: z
      .int()
      .min(0)
      .max(10 * MINUTE)
      .nullable()
      .default(RESTART_AFTER_MS),
  }),
  z.strictObject({ do: z.literal("freeze"), forMs: z.int().min(1).max(MINUTE) }),
  z.strictObject({ do: z.literal("start") }),
]);

export const RUN_ORDER = z.strictObject({ channel: z.string().max(100), scenario: z.string().max(100) });

const WAIT_MS = z.int().min(0).max(MINUTE).optional();

/** How long the answer to an order may wait for what comes of it, in ms. `undefined`: as long as that takes. */
export function waitOf(given: string | undefined): Parsed<number | undefined> {
  return check(WAIT_MS, given === undefined ? undefined : Number(given), "waitMs");
}
