import { Hono } from "hono";
import { showWaiting } from "../runtime/metrics.ts";
import { type AdminParts, adminRoutes } from "./admin/routes.ts";
import { hasBearer } from "./bearer.ts";

export type { Happening, Wire } from "./admin/wire.ts";

/** What an operator sees. With a token every request must carry it. */
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
    showWaiting(deps.metrics, await deps.store.waiting());
    const { registry } = deps.metrics;
    return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
  return app;
}
