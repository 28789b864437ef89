import type { Hono } from "hono";
import type { Deps } from "../pipeline/deps.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Telemetry } from "../runtime/telemetry.ts";

type HealthDeps = Pick<Deps, "store" | "channels" | "agent" | "clock"> & Pick<Telemetry, "log">;

/** Anybody may ask, and each proof is an fsync: one a second is enough. */
const PROOF_MS = 1_000;

/**
 * `GET /health`: the process is alive. `GET /ready`: it takes webhooks, its loops run, and its store commits; `reaches` names
 * the accounts (`<channel>/<account>`) for whose turns this process can reach an agent. Others wait, or are another's.
 */
export function mountHealth(app: Hono, deps: HealthDeps, isReady: () => boolean): void {
  let provenAt = Number.NEGATIVE_INFINITY;
  const probe = async () => {
    if (deps.clock.now() - provenAt < PROOF_MS) return;
    await deps.store.probe();
    provenAt = deps.clock.now();
  };

  app.get("/health", (c) => c.json({ status: "alive" }));
  app.get("/ready", async (c) => {
    if (!isReady()) return c.json({ status: "not ready", reason: "starting or shutting down" }, 503);
    try {
      await probe();
    } catch (error) {
      deps.log.error({ reason: reasonOf(error) }, "not ready: the store can't commit");
      return c.json({ status: "not ready", reason: "the store can't commit" }, 503);
    }
    const reaches = deps.channels.accounts.filter((account) => deps.agent.isReachable(account));
    const agent = deps.agent.isReachable() ? "reachable" : "not reachable: turns wait";
    return c.json({ status: "ready", agent, reaches });
  });
}
