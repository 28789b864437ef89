import type { Hono } from "hono";
import { Displaced } from "../core/errors.ts";
import type { Deps } from "../pipeline/deps.ts";
import { reasonOf } from "../runtime/log.ts";
import type { Telemetry } from "../runtime/telemetry.ts";

type HealthDeps = Pick<Deps, "store" | "channels" | "agent" | "clock"> & Pick<Telemetry, "log">;

/** Cache time of the store's check, which is an fsync: the endpoint is unauthenticated. */
const CHECK_CACHE_MS = 1_000;

const DISPLACED = "the database's file was deleted or replaced: put it back, or restore it and restart the gateway";

/**
 * `GET /health`: the process is alive. `GET /ready`: it accepts webhooks, its loops run, and its store commits; `reaches`
 * lists the accounts (`<channel>/<account>`) for which this process can reach an agent.
 */
export function mountHealth(app: Hono, deps: HealthDeps, isReady: () => boolean): void {
  let provenAt = Number.NEGATIVE_INFINITY;
  const checkCommit = async () => {
    if (deps.clock.now() - provenAt < CHECK_CACHE_MS) return;
    await deps.store.checkCommit();
    provenAt = deps.clock.now();
  };

  app.get("/health", (c) => c.json({ status: "alive" }));
  app.get("/ready", async (c) => {
    if (!isReady()) return c.json({ status: "not ready", reason: "starting or shutting down" }, 503);
    try {
      await checkCommit();
    } catch (error) {
      // Without the path, which is the log's.
      const reason = error instanceof Displaced ? DISPLACED : "the store can't commit";
      deps.log.error({ reason: reasonOf(error) }, "not ready: the store can't commit");
      return c.json({ status: "not ready", reason }, 503);
    }
    const reaches = deps.channels.accountKeys.filter((accountKey) => deps.agent.isReachable(accountKey));
    const agent = deps.agent.isReachable() ? "reachable" : "not reachable: turns wait";
    return c.json({ status: "ready", agent, reaches });
  });
}
