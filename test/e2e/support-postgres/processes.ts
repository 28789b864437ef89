/** Several gateway processes on one database, each with its own port and started again whenever it dies. */
import { type Clock, pause } from "../../../src/runtime/clock.ts";
import { freePorts } from "../../support/free-ports.ts";
import { type GatewayProcess, startGateway } from "../support-kill/gateway-process.ts";

export type Environment = Readonly<Record<string, string>>;

/** As a supervisor does it: not at once, or a process that can't start would spin. */
const RESTART_AFTER_MS = 50;

export interface Fleet {
  readonly urls: readonly string[];
  readonly kills: number;
  /** Lines that any run of any process logged as an error. */
  errors(): readonly string[];
  /** `kill -9` to the process at this place. It is started again. */
  kill(place: number): void;
  /** As a rolling restart does it: asked to end, and started again. Resolves with its exit code when the next one works. */
  restart(place: number): Promise<number | NodeJS.Signals>;
  /** Resolves when every process works. */
  ready(): Promise<void>;
  /** The admin side of the process at this place. */
  adminUrl(place: number): Promise<string>;
  /** Everybody ends in peace. Resolves with the exit codes. */
  end(): Promise<readonly (number | NodeJS.Signals)[]>;
  /** Nobody is left, however it ended. */
  destroy(): Promise<void>;
}

export async function startFleet(environments: readonly Environment[], clock: Clock): Promise<Fleet> {
  const ports = await freePorts(environments.length);
  const gatewayRuns: GatewayProcess[][] = environments.map(() => []);
  let ending = false;
  let kills = 0;

  const begin = (place: number) => {
    const env = { ...environments[place], TURNPIKE_HOST: "127.0.0.1", TURNPIKE_PORT: String(ports[place]) };
    const gatewayRun = startGateway({ ...env, TURNPIKE_ADMIN_PORT: "0" });
    gatewayRuns[place]?.push(gatewayRun);
    void gatewayRun.ended.then(() => pause(clock, RESTART_AFTER_MS)).then(() => ending || begin(place));
  };
  const current = (place: number): GatewayProcess => {
    const gatewayRun = gatewayRuns[place]?.at(-1);
    if (gatewayRun === undefined) throw new Error(`no process was started at place ${place}`);
    return gatewayRun;
  };
  /** Of the process that works: a killed one is followed by the next. */
  const adminUrl = async (place: number): Promise<string> => {
    for (;;) {
      const gatewayRun = current(place);
      const url = await gatewayRun.started;
      if (url !== null) return url;
      if (ending) throw new Error(`the process at place ${place} ended:\n${gatewayRun.lastWords()}`);
      await pause(clock, RESTART_AFTER_MS);
    }
  };
  const places = environments.map((_, place) => place);
  for (const place of places) begin(place);

  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    get kills() {
      return kills;
    },
    errors: () => gatewayRuns.flat().flatMap((gatewayRun) => gatewayRun.errors),
    kill: (place) => {
      kills += 1;
      current(place).kill();
    },
    restart: async (place) => {
      const gatewayRun = current(place);
      gatewayRun.terminate();
      const code = await gatewayRun.ended;
      while (current(place) === gatewayRun) await pause(clock, RESTART_AFTER_MS);
      await adminUrl(place);
      return code;
    },
    ready: async () => {
      await Promise.all(places.map(adminUrl));
    },
    adminUrl,
    end: () => {
      ending = true;
      for (const place of places) current(place).terminate();
      return Promise.all(places.map((place) => current(place).ended));
    },
    destroy: async () => {
      ending = true;
      for (const gatewayRun of gatewayRuns.flat()) gatewayRun.kill();
      await Promise.all(gatewayRuns.flat().map((gatewayRun) => gatewayRun.ended));
    },
  };
}
