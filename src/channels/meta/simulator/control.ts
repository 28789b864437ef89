import { z } from "zod";
import { command, faultCommands, nothing, order, person, webhookAddress } from "../../simulation/control.ts";
import type { Faults } from "../../simulation/faults.ts";
import { BadCommand, type Command } from "../../simulation/platform.ts";
import type { WebhookRecord } from "./webhooks.ts";

/** Input of a person's action, with the number of copies of its webhook that are sent at once. */
export const metaPerson = person.extend({ copies: z.int().min(1).max(10).default(1) });

/** Result of a command that posted a webhook. */
export function posted<Ids extends object>({ webhook, ...ids }: Ids & { readonly webhook: WebhookRecord }) {
  const { webhookId, status, result } = webhook;
  return { ...ids, webhookId, status, result };
}

export const probability = z.number().min(0).max(1);

/** Input about what the platform says of accepted messages, and when. */
export const receiptSettings = {
  isOff: z.boolean(),
  delayMs: z.int().min(0),
  readAfterMs: z.int().min(0).nullable(),
  loss: probability,
  jitterMs: z.int().min(0),
  twice: probability,
};

interface Controlled<Route extends string> {
  readonly faults: Faults<Route>;
  webhookUrl: string | null;
  reset(): void;
  repeat(webhookId: number): Promise<WebhookRecord | null>;
}

/** Commands of every Meta platform; `again` is the name of the command that repeats a webhook. */
export function metaCommands<Route extends string>(
  simulator: Controlled<Route>,
  { again, route }: { readonly again: string; readonly route: z.ZodType<Route | "any"> },
): Readonly<Record<string, Command>> {
  return {
    [again]: command(z.object({ webhookId: z.int() }), async ({ webhookId }) => {
      const record = await simulator.repeat(webhookId);
      if (record === null) throw new BadCommand(`webhookId: no webhook ${webhookId} was sent`);
      return record;
    }),
    ...faultCommands(simulator.faults, route),
    reset: order(nothing, () => simulator.reset()),
    "webhook-url": command(webhookAddress, ({ url }) => {
      simulator.webhookUrl = url;
      return { url };
    }),
  };
}
