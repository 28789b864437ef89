import { Hono } from "hono";
import type { Waiting } from "../core/waiting.ts";
import { reasonOf } from "../runtime/log.ts";
import { showWaiting } from "../runtime/metrics.ts";
import type { AccountState } from "../store/operator.ts";
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
    showAccounts(deps.metrics, await accountsIn(deps));
    const { registry } = deps.metrics;
    return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
  return app;
}

/** From the rows, so that every process says the same. Without the store they stay as they were. */
async function accountsIn({ store, log }: AdminDeps): Promise<readonly AccountState[]> {
  try {
    return await store.listAccounts();
  } catch (error) {
    log.error({ reason: reasonOf(error) }, "accounts not read: the store is unavailable");
    return [];
  }
}

function showAccounts({ windowTemplateRefused }: AdminDeps["metrics"], accounts: readonly AccountState[]): void {
  for (const { channel, account, templateRefused } of accounts) {
    windowTemplateRefused.set({ channel, account }, templateRefused === null ? 0 : 1);
  }
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
