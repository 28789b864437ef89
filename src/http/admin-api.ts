import { Hono } from "hono";
import { hasBearer } from "../agents/token.ts";
import type { Waiting } from "../core/waiting.ts";
import { reasonOf } from "../runtime/log.ts";
import { showWaiting } from "../runtime/metrics.ts";
import { type AdminDeps, type AdminParts, adminRoutes } from "./admin/routes.ts";

export type { FeedEntry, Wire } from "./admin/wire.ts";

/** The admin API and metrics. With a token every request must have it. */
export function adminApp(parts: AdminParts): Hono {
  const { deps, token } = parts;
  const app = new Hono();
  app.route("/api", adminRoutes(parts));
  app.use(async (c, next) => {
    if (token !== null && !hasBearer(c.req.header("authorization"), token)) {
      return c.json({ message: "send Authorization: Bearer <TURNPIKE_ADMIN_TOKEN>" }, 401);
    }
    return await next();
  });
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
