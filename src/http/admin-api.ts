import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { showWaiting } from "../runtime/metrics.ts";
import { hasBearer } from "./bearer.ts";

/** What an operator sees. With a token every request must carry it. */
export function adminApp(deps: Deps, token: string | null): Hono {
  const app = new Hono();
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
