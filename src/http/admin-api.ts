import { Hono } from "hono";
import { areReceiptsFlowing } from "../core/receipt.ts";
import { reasonOf } from "../runtime/log.ts";
import { showAccounts, showBreakers, showWaiting } from "../runtime/metrics.ts";
import type { AccountState } from "../store/operator.ts";
import { guard } from "./admin/guard.ts";
import { type AdminDeps, type AdminParts, adminRoutes } from "./admin/routes.ts";

export type { AgentsWire } from "./admin/agents.ts";
export type { GroupsWire } from "./admin/groups.ts";
export type { MeWire } from "./admin/me.ts";
export type { NodesWire } from "./admin/nodes.ts";
export type { PausedWire } from "./admin/pause.ts";
export type { PulseWire } from "./admin/pulse.ts";
export type { FeedEntry, FeedHello, Wire } from "./admin/wire.ts";

/** The admin API and metrics. Every request passes the guard. */
export function adminApp(parts: AdminParts): Hono {
  const { deps, token } = parts;
  const app = new Hono();
  app.use(guard(token));
  app.route("/api", adminRoutes(parts));
  app.get("/metrics", async (c) => {
    const [waiting, accounts] = await Promise.all([
      read(deps, () => deps.store.waiting()),
      read(deps, () => deps.store.listAccounts()),
    ]);
    showWaiting(deps.metrics, waiting);
    showAccounts(deps.metrics, accounts?.map((account) => gaugesOf(deps, account)) ?? null);
    showBreakers(deps.metrics, deps.agent.breakers?.() ?? []);
    const { registry } = deps.metrics;
    return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
  return app;
}

/** `null` when the store is unavailable: the other metrics are still served. */
async function read<T>({ log }: AdminDeps, rows: () => Promise<T>): Promise<T | null> {
  try {
    return await rows();
  } catch (error) {
    log.error({ reason: reasonOf(error) }, "rows not read for the metrics: the store is unavailable");
    return null;
  }
}

function gaugesOf({ settings }: AdminDeps, of: AccountState) {
  const { channel, account, status, isOutOfQuota, receipts, templateRefused } = of;
  return {
    channel,
    account,
    isStopped: status === "stopped",
    isOutOfQuota,
    isTemplateRefused: templateRefused !== null,
    areReceiptsFlowing: receipts === null ? null : areReceiptsFlowing(receipts, receipts.now, settings.unknownWaitMs),
  };
}
