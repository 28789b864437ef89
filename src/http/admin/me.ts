/** `GET /api/me`: who asks, and whom. */
import type { Hono } from "hono";
import { z } from "zod";
import type { AdminRight } from "../../core/admin-token.ts";
import type { Deps } from "../../pipeline/deps.ts";
import { VERSION } from "../../runtime/version.ts";
import { identityOf } from "./guard.ts";
import { list, time } from "./wire.ts";

export type MeDeps = Pick<Deps, "agent" | "settings" | "clock" | "ownership">;

/** What each right of a token lets its holder do. */
const RIGHTS = { read: ["read"], operate: ["read", "operate"] } as const satisfies Record<AdminRight, unknown>;

const batch = z.object({ quietMs: z.int(), maxWaitMs: z.int(), maxEvents: z.int() });

export const ME = z.object({
  version: z.string(),
  /** The process that answers. */
  owner: z.string(),
  /** As the audit log names who acts with this token. */
  actor: z.string(),
  rights: list(z.enum(RIGHTS.operate)),
  /** The platforms are simulated, and the simulator's page can be shown. */
  hasSimulator: z.boolean(),
  /** Names of the agents to which an ended turn may be given once more. */
  rehearsalAgents: list(z.string()),
  batch,
  /** Of accounts (`<channel>/<account>`) that have a policy of their own. */
  accountBatch: z.record(z.string(), batch),
  clock: z.object({
    /** Orders what happens in this process. Never goes back. */
    now: time,
    /** The system's, as far as it is believed. */
    wall: time,
    /** How far the system's clock is ahead of that, because it was set forward a moment ago, in ms. */
    doubtedMs: z.int(),
    /** How long ago the system's clock was last set forward by more than an hour, in ms; `null`: never in this process. */
    sinceSteppedMs: z.int().nullable(),
  }),
});
/** As it is on the wire. */
export type MeWire = z.input<typeof ME>;

export function mountMe(api: Hono, { agent, settings, clock, ownership }: MeDeps, hasSimulator: boolean): void {
  const whole = (ms: number) => Math.round(ms);
  api.get("/me", (c) => {
    const { actor, right } = identityOf(c);
    const steppedMs = clock.sinceSteppedMs?.() ?? null;
    return c.json(
      z.encode(ME, {
        version: VERSION,
        owner: ownership.owner,
        actor,
        rights: RIGHTS[right],
        hasSimulator,
        rehearsalAgents: (agent.rehearsals ?? []).map(({ name }) => name),
        batch: settings.batch,
        accountBatch: settings.accountBatch,
        clock: {
          now: clock.now(),
          wall: whole(clock.wall()),
          doubtedMs: whole(clock.doubtedMs?.() ?? 0),
          sinceSteppedMs: steppedMs === null ? null : whole(steppedMs),
        },
      }),
    );
  });
}
