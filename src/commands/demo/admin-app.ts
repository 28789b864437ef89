import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { checkPage, onlyReads } from "../../http/admin/browser.ts";
import { CONSOLE_FOLDER, serveConsole } from "../../http/admin/console-files.ts";
import { onlyJson } from "../../http/admin/json-body.ts";
import { problem } from "../../http/admin/problem.ts";
import { securityHeaders } from "../../http/admin/security-headers.ts";
import { gatewayProxy } from "./gateway-proxy.ts";

interface DemoAdminParts {
  /** `/api/simulator`. */
  readonly simulatorApi: Hono;
  /** Of the gateway's admin port; `null` while it is down. */
  readonly gatewayUrl: () => string | null;
  readonly onError: (error: unknown) => void;
  /** Default: that of this package. */
  readonly consoleFolder?: string;
}

/** A long text, or a picture for a simulated platform. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * What the browser sees. The console's files and the simulator are served here, so that both stay while the gateway is killed;
 * everything else is the gateway's.
 */
export function demoAdmin(parts: DemoAdminParts): Hono {
  const { simulatorApi, gatewayUrl, onError, consoleFolder = CONSOLE_FOLDER } = parts;
  const app = new Hono();
  app.use(securityHeaders);
  app.use(checkPage({ isOpen: true }));
  const limit = bodyLimit({
    maxSize: BODY_LIMIT_BYTES,
    onError: (c) => problem(c, 413, `the body is over ${BODY_LIMIT_BYTES} bytes`),
  });
  app.use("/api/simulator/*", async (c, next) => (onlyReads(c) ? await next() : await onlyJson(c, next)), limit);
  app.route("/api/simulator", simulatorApi);
  app.use(serveConsole(consoleFolder));
  app.all("*", gatewayProxy(gatewayUrl));
  app.onError((error, c) => {
    onError(error);
    return problem(c, 500, "see the demo's terminal");
  });
  return app;
}
