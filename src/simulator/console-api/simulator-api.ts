/** `/api/simulator`: the simulated platforms, the agent and the gateway's process, for the console's page. */
import { type Context, Hono } from "hono";
import { type Clock, pause } from "../../runtime/clock.ts";
import { parse } from "../../runtime/parse-json.ts";
import { type ControlResult, createControl } from "../control-api.ts";
import { SCENARIO_RUNS } from "../registry.ts";
import { AGENT_ORDER, GATEWAY_ORDER, RUN_ORDER, waitOf } from "./orders.ts";
import { type GatewayOutcome, Simulated, type SimulatedParts } from "./simulated.ts";
import { READERS_MAX } from "./stream.ts";

export interface SimulatorApiParts extends SimulatedParts {
  /** An error's answer, as everywhere on the admin port. */
  readonly problem: (c: Context, status: 400 | 404 | 409 | 503, detail: string) => Response;
}

export interface SimulatorApi {
  /** Whoever mounts it checks the page behind a request, and that what isn't read only is JSON. */
  readonly app: Hono;
  /** Ends the streams. */
  close(): void;
}

export function createSimulatorApi(parts: SimulatorApiParts): SimulatorApi {
  const simulated = new Simulated(parts);
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });
  app.get("/", (c) => c.json(simulated.state()));
  mountStream(app, simulated, parts);
  mountRuns(app, simulated, parts);
  mountOrders(app, simulated, parts);
  // Last: the others are no platform's names.
  mountControl(app, simulated, parts);
  app.all("*", (c) => parts.problem(c, 404, "there is no such resource for this method"));
  return { app, close: () => simulated.stream.close() };
}

function mountStream(app: Hono, { stream }: Simulated, { problem }: SimulatorApiParts): void {
  const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  app.get("/stream", (c) => {
    // Nothing would read the stream of a HEAD, or end it.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    const events = stream.open();
    if (events === null) return problem(c, 503, `${READERS_MAX} pages read the stream, and no more may`);
    return c.body(events, 200, headers);
  });
}

function mountRuns(app: Hono, simulated: Simulated, { problem }: SimulatorApiParts): void {
  app.post("/runs", async (c) => {
    const order = parse(RUN_ORDER, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    const started = simulated.startRun(order.value.channel, order.value.scenario);
    switch (started.kind) {
      case "started":
        return c.json(started.run, 202);
      case "busy":
        return problem(c, 409, SCENARIO_RUNS);
      case "unknown":
        return problem(c, 404, "there is no such platform, or it has no scenario of that id");
      default:
        return started satisfies never;
    }
  });
  app.get("/runs/:runId", (c) => {
    const run = simulated.runs.get(c.req.param("runId"));
    return run === null ? problem(c, 404, "there is no run of that id, or it was long ago") : c.json(run);
  });
}

function mountOrders(app: Hono, simulated: Simulated, { agent, gateway, problem }: SimulatorApiParts): void {
  const unlessRefused = (c: Context, outcome: GatewayOutcome, told: () => object) =>
    outcome.kind === "refused" ? problem(c, 409, outcome.why) : c.json(told());
  app.post("/agent", async (c) => {
    const order = parse(AGENT_ORDER, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    // The verdict would be of something else.
    if (simulated.runs.isBusy) return problem(c, 409, SCENARIO_RUNS);
    agent.set(order.value);
    return c.json(agent.state);
  });
  app.post("/gateway", async (c) => {
    const order = parse(GATEWAY_ORDER, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    return unlessRefused(c, await gateway.order(order.value), () => gateway.state);
  });
  app.post("/reset", async (c) => {
    if (simulated.runs.isBusy) return problem(c, 409, SCENARIO_RUNS);
    return unlessRefused(c, await simulated.reset(), () => simulated.state());
  });
}

/** Each platform's own control API: `GET <view>/<argument>`, `POST <command>`. */
function mountControl(app: Hono, simulated: Simulated, { clock, problem }: SimulatorApiParts): void {
  app.on(["GET", "POST"], "/:channel/:rest{.+}", async (c) => {
    const channel = c.req.param("channel");
    const simulator = simulated.simulatorOf(channel);
    if (simulator === null) return problem(c, 404, "there is no such platform");
    const wait = waitOf(c.req.query("waitMs"));
    if (!wait.ok) return problem(c, 400, wait.reason);
    const method = c.req.raw.method === "POST" ? "POST" : "GET";
    // As it was sent: the control API reads what is escaped.
    const path = new URL(c.req.url).pathname.split(`/${channel}/`).slice(1).join(`/${channel}/`);
    const body = new Uint8Array(await c.req.arrayBuffer());
    const done = createControl(simulator)({ method, path, body });
    const result = await orTaken(done, clock, wait.value);
    if (method === "POST") simulated.tellPlatform(channel);
    if (result.status === 200 || result.status === 202) return c.json(result.body as object, result.status);
    const { message } = result.body as { readonly message: string };
    return problem(c, result.status === 404 ? 404 : 400, message);
  });
}

const TAKEN: ControlResult = { status: 202, body: { result: "taken", message: "its webhook isn't answered yet" } };

/** After so many ms that the order was taken, and goes on. Without them nobody is in a hurry. */
async function orTaken(done: Promise<ControlResult>, clock: Clock, waitMs: number | undefined): Promise<ControlResult> {
  if (waitMs === undefined) return await done;
  const isOver = new AbortController();
  const result = await Promise.race([done, pause(clock, waitMs, isOver.signal).then(() => TAKEN)]);
  isOver.abort();
  // A failure that comes now has no answer to be told in, and is one of the process.
  if (result === TAKEN) void done.then(() => undefined);
  return result;
}
