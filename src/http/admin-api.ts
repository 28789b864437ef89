import { Hono } from "hono";
import type { AdminToken } from "../core/admin-token.ts";
import { areReceiptsFlowing } from "../core/receipt.ts";
import { reasonOf } from "../runtime/log.ts";
import { showAccounts, showBreakers, showWaiting } from "../runtime/metrics.ts";
import type { AccountState } from "../store/operator.ts";
import { type AdminDeps, type AdminParts, adminApi } from "./admin/api.ts";
import { checkPage } from "./admin/browser.ts";
import { serveConsole } from "./admin/console-files.ts";
import { createAccess, guard } from "./admin/guard.ts";
import { securityHeaders } from "./admin/security-headers.ts";
import { mountSignIn } from "./admin/sign-in.ts";
import type { ClientAddresses } from "./client-address.ts";

export type { AgentsWire } from "./admin/agents.ts";
export type { GroupsWire } from "./admin/groups.ts";
export type { MeWire } from "./admin/me.ts";
export type { NodesWire } from "./admin/nodes.ts";
export type { PausedWire } from "./admin/pause.ts";
export type { PulseWire } from "./admin/pulse.ts";
export type { FeedEntryWire, FeedHello, Wire } from "./admin/wire.ts";

interface AdminAppParts extends AdminParts {
  /** Empty: none, for a port on loopback. */
  readonly tokens: readonly AdminToken[];
  readonly clientAddresses: ClientAddresses;
  /** Folder of the console's built files. */
  readonly consoleFolder: string;
}

/** The console, the admin API and metrics. Every request passes the guard, except for the console's files and sign-in. */
export function adminApp(parts: AdminAppParts): Hono {
  const { deps, tokens, clientAddresses, consoleFolder } = parts;
  const access = createAccess(tokens, { clock: deps.clock, clientAddresses });
  const app = new Hono();
  app.use(securityHeaders);
  app.use(checkPage({ isOpen: tokens.length === 0 }));
  app.use(serveConsole(consoleFolder));
  mountSignIn(app, access, deps);
  app.use(guard(access));
  app.route("/api", adminApi(parts));
  app.get("/metrics", async (c) => {
    const [waiting, accounts] = await Promise.all([
      read(deps, () => deps.store.countWaiting()),
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
