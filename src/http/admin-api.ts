import { Hono } from "hono";
import type { Waiting } from "../core/waiting.ts";
import { reasonOf } from "../runtime/log.ts";
import { showWaiting } from "../runtime/metrics.ts";
import { guard } from "./admin/guard.ts";
import { type AdminDeps, type AdminParts, adminRoutes } from "./admin/routes.ts";

export type { FeedEntry, Wire } from "./admin/wire.ts";

/** The admin API and metrics. Every request passes the guard. */
export function adminApp(parts: AdminParts): Hono {
  const { deps, token } = parts;
  const app = new Hono();
  app.use(guard(token));
  app.route("/api", adminRoutes(parts));
  app.get("/metrics", async (c) => {
    showWaiting(deps.metrics, await waitingIn(deps));
    const { registry } = deps.metrics;
    return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
  return app;
}

/** `null` when the store is unavailable: the other metrics are still served. */
async function waitingIn({ store, log }: AdminDeps): Promise<readonly Waiting[] | null> {
  try {
    return await store.waiting();
  } catch (error) {
    log.error({ reason: reasonOf(error) }, "waiting rows not counted: the store is unavailable");
    return null;
  }
}
