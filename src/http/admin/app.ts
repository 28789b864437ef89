import { Hono } from "hono";
import type { AdminToken } from "../../core/admin-token.ts";
import { areReceiptsFlowing } from "../../core/receipt.ts";
import { reasonOf } from "../../runtime/log.ts";
import { showAccounts, showBreakers, showWaiting } from "../../runtime/metrics.ts";
import type { AccountState } from "../../store/operator.ts";
import type { ClientAddresses } from "../client-address.ts";
import { type AdminDeps, type AdminParts, adminApi } from "./api.ts";
import { checkPage } from "./browser.ts";
import { serveConsole } from "./console-files.ts";
import { createAccess, guard } from "./guard.ts";
import { securityHeaders } from "./security-headers.ts";
import { mountSignIn } from "./sign-in.ts";

export type { AgentsWire } from "./agents.ts";
export type { GroupsWire } from "./groups.ts";
export type { MeWire } from "./me.ts";
export type { NodesWire } from "./nodes.ts";
export type { PausedWire } from "./pause.ts";
export type { PulseWire } from "./pulse.ts";
export type { RehearsedWire } from "./rehearse.ts";
export type { FeedEntryWire, FeedHello, Wire } from "./wire.ts";

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
