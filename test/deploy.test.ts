/**
 * Goal: the deployment examples fit the program: its settings, ports, paths, limits and the time that it takes to end.
 * Method: each is read by a parser, what it sets goes through the program's own settings, and the tool that it is for
 * checks it where that tool is installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { Channel } from "../src/channels/channel.ts";
import { readConfig } from "../src/config/config.ts";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const example = (name: string) => read(`examples/deploy/${name}`);

/** How long a stop may take (DESIGN: "exit 0 within 10 s"). */
const STOP_S = 10;
const PUBLIC_PORT = 8080;
const ADMIN_PORT = 8081;

/** What an operator would put where an example leaves a place for it. */
const SECRETS: Readonly<Record<string, string>> = {
  LINE_CHANNEL_SECRET: "secret",
  LINE_CHANNEL_ACCESS_TOKEN: "token",
  TURNPIKE_AGENT_SECRET: "whsec_c2VjcmV0",
  TURNPIKE_ADMIN_TOKEN: "admin-token",
};

type Environment = Readonly<Record<string, string>>;

/** Made, and closed again. */
async function channelsOf(env: Environment): Promise<readonly Channel[]> {
  const config = readConfig(env);
  const channels = config.channels.map((channel) => channel.create(config));
  for (const channel of channels) await channel.close();
  return channels;
}

/** The program takes every variable, and starts with them. */
async function accepted(env: Environment) {
  const config = readConfig(env);
  expect((await channelsOf(env)).map(({ name }) => name)).toEqual(["line"]);
  expect(config.warnings).toEqual([]);
  return config;
}

/** Null when that program can be run here. */
function whyNot(command: string, ...args: readonly string[]): string | null {
  return spawnSync(command, args).error === undefined ? null : `${command} isn't installed`;
}
const titled = (title: string, reason: string | null) => (reason === null ? title : `${title} (skipped: ${reason})`);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "turnpike-deploy-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The values of each directive of a unit, in order. */
function directives(unit: string): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const line of unit.split("\n")) {
    const [, name, value] = /^([A-Z]\w*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    found[name] = [...(found[name] ?? []), value];
  }
  return found;
}

test("systemd: the unit's settings are ours, its file is in its state folder, and it has time to end", async () => {
  const unit = directives(example("turnpike.service"));
  const env = Object.fromEntries((unit.Environment ?? []).map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const config = await accepted({ ...env, ...SECRETS });
  expect(config.databaseUrl).toBe(`sqlite:/var/lib/${unit.StateDirectory?.[0]}/turnpike.db`);
  expect(config.public.port).toBe(PUBLIC_PORT);
  expect(unit.ExecStart).toEqual(["/usr/bin/turnpike start"]);
  expect(Number(unit.TimeoutStopSec?.[0])).toBeGreaterThan(STOP_S);
  expect([unit.KillSignal, unit.Restart]).toEqual([["SIGTERM"], ["always"]]);
  // V8 needs it.
  expect(unit).not.toHaveProperty("MemoryDenyWriteExecute");
});

const noSystemd = whyNot("systemd-analyze", "--version");
test.skipIf(noSystemd !== null)(titled("systemd: it takes the unit, and finds it hardened", noSystemd), () => {
  const file = join(folder(), "turnpike.service");
  // Whatever is where the program would be installed.
  writeFileSync(file, example("turnpike.service").replace("/usr/bin/turnpike start", "/bin/true start"));
  const verify = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
  const ours = verify.stderr.split("\n").filter((line) => line.includes("turnpike"));
  expect(ours).toEqual([]);
  const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", file], { encoding: "utf8" });
  const exposure = Number(/exposure level for [^:]+: ([\d.]+)/.exec(stdout)?.[1]);
  // 10 is a service without any protection; systemd calls up to 2 "OK".
  expect(exposure).toBeLessThan(2);
});

test("docker: the image holds what is shipped, runs as nobody special, and asks whether the gateway is ready", async () => {
  const lines = example("Dockerfile").replaceAll(/\\\n/g, " ").split("\n");
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const { engines, bin } = JSON.parse(read("package.json")) as { engines: { node: string }; bin: { turnpike: string } };
  const least = Number(/\d+/.exec(engines.node)?.[0]);
  for (const image of of("FROM")) expect(Number(/^node:(\d+)/.exec(image)?.[1])).toBeGreaterThanOrEqual(least);
  for (const source of of("COPY")
    .filter((copy) => !copy.startsWith("--from"))
    .flatMap((copy) => copy.split(" ").slice(0, -1))) {
    expect(existsSync(new URL(source, ROOT)), source).toBe(true);
  }
  const env = Object.fromEntries(
    of("ENV").flatMap((line) =>
      line
        .trim()
        .split(/\s+/)
        .map((pair) => pair.split(/=(.*)/s)),
    ),
  );
  const { NODE_ENV: _, ...settings } = env;
  const config = await accepted({ ...settings, ...SECRETS, TURNPIKE_AGENT_URL: "http://bot:3000/turns" });
  expect(config.databaseUrl).toBe(`sqlite:${of("VOLUME")[0]}/turnpike.db`);
  expect(of("EXPOSE")).toEqual([String(config.public.port)]);
  expect(of("USER")).toEqual(["node"]);
  expect(of("ENTRYPOINT")).toEqual([`["node", "${bin.turnpike.replace("./", "")}"]`]);
  expect(of("STOPSIGNAL")).toEqual(["SIGTERM"]);
  expect(example("Dockerfile")).toContain(`http://127.0.0.1:${config.public.port}/ready`);
  expect(Object.keys(env).filter((name) => /SECRET|TOKEN/.test(name))).toEqual([]);
});

test("compose: the settings are ours, the volume is the image's, the port stays on this machine", async () => {
  const { services, volumes } = parse(example("compose.yaml")) as ComposeFile;
  const { gateway } = services;
  const filled = Object.entries(gateway.environment).map(([name, value]) => [name, filledIn(name, value)]);
  await accepted(Object.fromEntries(filled));
  expect(gateway.volumes).toEqual(["turnpike:/data"]);
  expect(volumes).toHaveProperty("turnpike");
  expect(gateway.ports).toEqual([`127.0.0.1:${PUBLIC_PORT}:${PUBLIC_PORT}`]);
  expect(Number.parseInt(gateway.stop_grace_period, 10)).toBeGreaterThan(STOP_S);
  expect(existsSync(new URL(gateway.build.dockerfile, ROOT))).toBe(true);
});

interface ComposeFile {
  readonly services: {
    readonly gateway: {
      readonly environment: Readonly<Record<string, string>>;
      readonly volumes: readonly string[];
      readonly ports: readonly string[];
      readonly stop_grace_period: string;
      readonly build: { readonly dockerfile: string };
    };
  };
  readonly volumes: object;
}

/** `${NAME:-default}` and `${NAME:?what is missing}`, as compose reads them. */
function filledIn(name: string, value: string): string {
  const [, variable, kind, rest] = /^\$\{(\w+):([-?])(.*)\}$/.exec(value) ?? [];
  if (variable === undefined) return value;
  expect(variable).toBe(name);
  return kind === "-" ? (rest ?? "") : (SECRETS[name] ?? "");
}

test("kubernetes: settings, ports and probes are ours, and a pod has time to end", async () => {
  const documents = parseAllDocuments(example("kubernetes.yaml")).map((document) => document.toJS() as Manifest);
  expect(documents.map(({ kind }) => kind)).toEqual(["Deployment", "Service", "PodDisruptionBudget"]);
  const [deployment, service] = documents;
  const pod = deployment?.spec.template?.spec;
  const container = pod?.containers[0];
  const given = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  const database = { TURNPIKE_DATABASE_URL: "postgres://turnpike:password@db:5432/turnpike" };
  const config = await accepted({ ...given, ...SECRETS, ...database });
  expect(example("kubernetes.yaml")).toContain("TURNPIKE_DATABASE_URL, LINE_CHANNEL_SECRET");
  expect(container?.ports).toEqual([
    { name: "public", containerPort: config.public.port },
    { name: "admin", containerPort: config.admin.port },
  ]);
  expect([config.public.port, config.admin.port]).toEqual([PUBLIC_PORT, ADMIN_PORT]);
  expect(config.publicUrl).toBe(`http://${service?.metadata.name}:${service?.spec.ports?.[0]?.port}`);
  const probes = [container?.livenessProbe, container?.readinessProbe, container?.startupProbe];
  expect(probes.map((probe) => probe?.httpGet.path)).toEqual(["/health", "/ready", "/health"]);
  const preStopMs = Number(/(\d+)\)/.exec(container?.lifecycle.preStop.exec.command.at(-1) ?? "")?.[1]);
  expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(preStopMs / 1_000 + STOP_S);
  expect(service?.spec.selector).toEqual(deployment?.spec.selector?.matchLabels);
});

interface Probe {
  readonly httpGet: { readonly path: string };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector?: { readonly matchLabels?: object };
    readonly ports?: readonly { readonly port: number }[];
    readonly template?: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly ports: readonly object[];
          readonly livenessProbe: Probe;
          readonly readinessProbe: Probe;
          readonly startupProbe: Probe;
          readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
        }[];
      };
    };
  };
}

test("nginx: it lets the largest webhook through, reaches our port and our paths, and never the admin port", async () => {
  const conf = example("nginx.conf");
  const everyChannel = await channelsOf({ ...SECRETS, ...META });
  const largest = Math.max(...everyChannel.map(({ bodyLimitBytes }) => bodyLimitBytes));
  expect(everyChannel).toHaveLength(3);
  expect(Number(/client_max_body_size (\d+)m;/.exec(conf)?.[1]) * 1024 * 1024).toBeGreaterThan(largest);
  expect(conf).toContain(`server 127.0.0.1:${PUBLIC_PORT};`);
  expect(conf).not.toContain(String(ADMIN_PORT));
  expect([...conf.matchAll(/location (?:= )?(\S+) \{/g)].map(([, path]) => path)).toEqual([
    "/webhook/",
    "/v1/",
    "/ws",
    "/",
  ]);
});

const META: Environment = {
  MESSENGER_APP_SECRET: "s",
  MESSENGER_PAGE_ACCESS_TOKEN: "t",
  MESSENGER_VERIFY_TOKEN: "v",
  MESSENGER_PAGE_ID: "1",
  WHATSAPP_APP_SECRET: "s",
  WHATSAPP_ACCESS_TOKEN: "t",
  WHATSAPP_VERIFY_TOKEN: "v",
  WHATSAPP_PHONE_NUMBER_ID: "1",
};

const noNginx = whyNot("nginx", "-v") ?? whyNot("openssl", "version");
test.skipIf(noNginx !== null)(titled("nginx: it takes the file", noNginx), () => {
  const place = folder();
  const [cert, key] = [join(place, "fullchain.pem"), join(place, "privkey.pem")];
  const subject = ["-subj", "/CN=bot.example", "-days", "1", "-nodes", "-keyout", key, "-out", cert];
  spawnSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", ...subject]);
  const conf = example("nginx.conf").replaceAll(/\/etc\/letsencrypt\/live\/bot\.example/g, place);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${place}/${name};`,
  );
  const logs = `error_log ${place}/error.log; pid ${place}/nginx.pid;`;
  const http = `http { access_log off; ${temporary.join(" ")}\n${conf}\n}`;
  writeFileSync(join(place, "nginx.conf"), `${logs}\nevents {}\n${http}\n`);
  const { status, stderr } = spawnSync("nginx", ["-t", "-c", join(place, "nginx.conf"), "-e", `${place}/first.log`], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, expect.stringContaining("test is successful")]);
});

test("litestream: it follows the unit's file, says what may be lost, and keeps less than the gateway deletes", () => {
  const { dbs } = parse(example("litestream.yml")) as {
    dbs: { path: string; replicas: { "sync-interval": string; retention: string }[] }[];
  };
  expect(example("turnpike.service")).toContain(`TURNPIKE_DATABASE_URL=sqlite:${dbs[0]?.path}\n`);
  const [replica] = dbs[0]?.replicas ?? [];
  expect(replica?.["sync-interval"]).toBe("1s");
  // The words of people are deleted after 7 days by default.
  expect(Number.parseInt(replica?.retention ?? "", 10)).toBeLessThan(7 * 24);
  expect(example("litestream.yml")).toMatch(/recovery point/);
});
