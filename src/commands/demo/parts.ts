import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DemoPorts, PortChoice } from "../../config/demo-ports.ts";
import { Misconfigured } from "../../core/errors.ts";
import { problem } from "../../http/admin/problem.ts";
import type { Listening } from "../../http/server.ts";
import type { Clock } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import { systemRandom } from "../../runtime/random.ts";
import type { Environment } from "../../settings/read.ts";
import type { GatewayControl } from "../../simulator/console-api/simulated.ts";
import { createSimulatorApi } from "../../simulator/console-api/simulator-api.ts";
import { demoAdmin } from "./admin-app.ts";
import { type DemoClient, startDemoClients } from "./clients.ts";
import { type EchoAgent, startEchoAgent } from "./echo-agent.ts";
import { GatewayAdmin } from "./gateway-admin.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { gatewayCommand } from "./gateway-settings.ts";
import { listenNear } from "./listen.ts";
import type { DemoOutput } from "./output.ts";
import { DEMO_SCENARIOS } from "./scenarios.ts";

interface PartsOptions {
  readonly ports: DemoPorts;
  readonly env: Environment;
  /** Path of this package's command line. */
  readonly program: string;
}

export interface DemoParts {
  readonly clients: readonly DemoClient[];
  readonly agent: EchoAgent;
  readonly gateway: GatewayProcess;
  readonly webhooksUrl: string;
  readonly admin: Listening;
  /** Leaves no process and no folder. */
  stop(): Promise<void>;
}

type Seams = { readonly clock: Clock; readonly output: DemoOutput };

/** Starts everything; what was started ends again when a part can't be. Throws `Misconfigured`. */
export async function startParts(options: PartsOptions, { clock, output }: Seams): Promise<DemoParts> {
  const closers: (() => unknown)[] = [];
  // The newest first: the gateway ends its work while the platforms and the agent are there.
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  const random = systemRandom();
  const onError = (error: unknown) => output.print("warning", reasonOf(error));
  try {
    const folder = mkdtempSync(join(tmpdir(), "turnpike-demo-"));
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const clients = await startDemoClients(random, clock);
    closers.push(() => Promise.all(clients.map((client) => client.close())));
    const secret = `whsec_${Buffer.from(random.id("agent")).toString("base64")}`;
    const agent = await startEchoAgent(secret, { clock, onError });
    closers.push(() => close(agent));
    const settings = { folder, agent: { url: agent.url, secret }, clients };
    const { gateway, webhooksUrl } = await startGateway(options, settings, { clock, output });
    closers.push(() => gateway.stop());
    for (const { channel, listenAt } of clients) listenAt(`${webhooksUrl}/webhook/${channel}`);

    const seams = { clock, random, url: () => gateway.adminUrl };
    const control = gatewayControl(gateway, new GatewayAdmin(seams));
    const scenarios = DEMO_SCENARIOS;
    const api = createSimulatorApi({ clock, random, simulators: clients, agent, gateway: control, scenarios, problem });
    const app = demoAdmin({ simulatorApi: api.app, gatewayUrl: () => gateway.adminUrl, onError });
    const admin = await listenNear(app.fetch, options.ports.admin);
    closers.push(() => {
      api.close();
      return close(admin);
    });
    return { clients, agent, gateway, webhooksUrl, admin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function close(listening: Listening): Promise<void> {
  const closed = listening.close();
  listening.closeConnections();
  await closed;
}

/** Another program may take the port between its choice and the start. */
const STARTS_MAX = 5;

type OwnSettings = Pick<Parameters<typeof gatewayCommand>[0], "folder" | "agent" | "clients">;

async function startGateway({ ports, env, program }: PartsOptions, own: OwnSettings, { clock, output }: Seams) {
  const { folder } = own;
  for (let starts = 1; ; starts += 1) {
    const port = await freePort(ports.webhooks);
    const { args, env: given } = gatewayCommand({ ...own, port, env });
    const onLine = output.line;
    const gateway = new GatewayProcess({ clock, program, args, env: given, folder, onLine });
    const outcome = await gateway.start();
    if (outcome.kind === "done") return { gateway, webhooksUrl: `http://127.0.0.1:${port}` };
    const mayBeFree = (ports.webhooks.given ?? 0) === 0 && /port is in use/.test(outcome.why);
    if (!mayBeFree || starts === STARTS_MAX) throw new Misconfigured(outcome.why.replace(/^turnpike: /, ""));
  }
}

/** Chosen here, so that the gateway has the same one after each start. */
async function freePort(choice: PortChoice): Promise<number> {
  const held = await listenNear(() => new Response(null, { status: 503 }), choice);
  await close(held);
  return Number(new URL(held.url).port);
}

function gatewayControl(gateway: GatewayProcess, admin: GatewayAdmin): GatewayControl {
  return {
    get state() {
      return gateway.state;
    },
    order: (order) => gateway.order(order),
    listen: (listener) => gateway.listen(listener),
    startStoppedAccounts: () => admin.startStoppedAccounts(),
    transcriptOf: (peerId) => admin.transcriptOf(peerId),
  };
}
