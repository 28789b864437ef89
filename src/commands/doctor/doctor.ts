import { checkAgent } from "../../agents/diagnostics.ts";
import type { Channel } from "../../channels/channel.ts";
import { type Config, readConfig } from "../../config/config.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { Misconfigured } from "../../core/errors.ts";
import { type Finding, fault, ok, skipped, warning } from "../../core/finding.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import { createRedactor, type Redactor } from "../../runtime/redaction.ts";
import type { Environment } from "../../settings/read.ts";
import { diagnoseStore } from "../../store/index.ts";
import { checkBreakers } from "./breakers.ts";
import { checkGateway, type GatewayCheck } from "./gateway.ts";
import type { Report, ReportedFinding } from "./report.ts";

interface DoctorOptions {
  /** Free space on SQLite's disk below which there is a warning, in MiB. */
  readonly freeMib: number;
  /** YAML settings file. Default: that of `TURNPIKE_CONFIG`. */
  readonly file?: string | undefined;
}

/**
 * Checks everything that these settings describe and a message needs. Changes nothing, sends no message, and works
 * before the gateway's first start as well as while it runs.
 */
export async function examine(env: Environment, { freeMib, file }: DoctorOptions): Promise<Report> {
  const clock = systemClock();
  const settings = readSettings(env, file);
  const channels = readChannels(settings.config);
  const { config } = settings;
  const gateway = config === null ? null : await checkGateway(config.public, clock);
  // In parallel, because they mostly wait for other systems.
  const [database, agent, breakers, accounts] = await Promise.all([
    config === null ? [UNREAD] : diagnoseStore(config.databaseUrl, { clock, freeMib }),
    config === null ? [UNREAD] : checkConfiguredAgent(config, gateway, clock),
    // Without a gateway that runs there are none.
    config === null || !isRunning(gateway) ? [] : checkBreakers(config.admin, clock),
    Promise.all(channels.all.map(checkAccount)),
  ]);
  const redact = createRedactor(() => secretsOf(config, channels.all));
  const findings = [
    ...findingsAbout("settings", [...settings.findings, ...channels.findings]),
    ...findingsAbout("gateway", gateway?.findings ?? []),
    ...findingsAbout("database", database),
    ...findingsAbout("agent", [...agent, ...breakers]),
    ...accounts.flat(),
  ];
  return { findings: findings.map((finding) => redactFinding(finding, redact)) };
}

const isRunning = (gateway: GatewayCheck | null) => (gateway?.agentReachable ?? null) !== null;

/** An answer may quote the request's secrets. */
function redactFinding(finding: ReportedFinding, redact: Redactor): ReportedFinding {
  const found = redact(finding.found);
  return "why" in finding
    ? { ...finding, found, why: redact(finding.why), advice: redact(finding.advice) }
    : { ...finding, found };
}

function secretsOf(config: Config | null, channels: readonly Channel[]): readonly string[] {
  if (config === null) return [];
  const set = config.entries.filter(({ node }) => node.kind.secrecy === "secret").flatMap(({ value }) => value);
  const { password = "", searchParams = [] } = URL.parse(config.agent?.url ?? "") ?? {};
  const ofAgent = [password, ...[...searchParams].map(([, value]) => value)];
  return [...set, ...ofAgent, ...channels.flatMap((channel) => channel.secrets?.() ?? [])].filter(
    (secret): secret is string => typeof secret === "string" && secret !== "",
  );
}

const UNREAD: Finding = skipped("settings", "Not checked: correct the settings first.");

const findingsAbout = (about: string, findings: readonly Finding[]): readonly ReportedFinding[] =>
  findings.map((finding) => ({ about, ...finding }));

function refusal(error: unknown): Finding {
  if (!(error instanceof Misconfigured)) throw error;
  return fault("settings", {
    found: error.message,
    why: "The gateway doesn't start with these settings.",
    advice: "Correct it as described (docs/settings.md has all names, defaults and limits).",
  });
}

function readSettings(
  env: Environment,
  file: string | undefined,
): { config: Config | null; findings: readonly Finding[] } {
  try {
    const config = readConfig(env, { file });
    const warnings = config.warnings.map((found) =>
      warning("settings", {
        found,
        why: "The gateway starts, but works differently than the settings suggest.",
        advice: "Correct or remove the named setting (docs/settings.md).",
      }),
    );
    return { config, findings: [ok("settings", "The settings can be read."), ...warnings] };
  } catch (error) {
    return { config: null, findings: [refusal(error)] };
  }
}

function readChannels(config: Config | null): { all: readonly Channel[]; findings: readonly Finding[] } {
  // readSettings has reported why.
  if (config === null) return { all: [], findings: [] };
  const all = config.channels.map((channel) => channel.create(config));
  return { all, findings: all.length === 0 ? [NO_CHANNEL] : [] };
}

const NO_CHANNEL = fault("settings", {
  found: "No channel is configured.",
  why: "The gateway doesn't start without one.",
  advice: "Set a platform's variables, such as LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN (docs/settings.md).",
});

async function checkConfiguredAgent(
  { agent, agentToken }: Config,
  gateway: GatewayCheck | null,
  clock: Clock,
): Promise<readonly Finding[]> {
  if (agent !== null) return await checkAgent(agent, { clock, random: systemRandom() });
  if (agentToken === null) return [NO_AGENT];
  switch (gateway?.agentReachable ?? null) {
    case null:
      return [skipped("agent", "Agents connect to the gateway; their connections can be checked only while it runs.")];
    case true:
      return [ok("agent", "An agent is connected to the gateway.")];
    case false:
      return [NO_AGENT_CONNECTED];
  }
}

const NO_AGENT = fault("agent", {
  found: "No agent is configured: neither TURNPIKE_AGENT_URL nor TURNPIKE_AGENT_TOKEN is set.",
  why: "Messages are stored and wait without an answer.",
  advice:
    "Set TURNPIKE_AGENT_URL and TURNPIKE_AGENT_SECRET for a bot behind HTTP, or TURNPIKE_AGENT_TOKEN for one that connects.",
});

const NO_AGENT_CONNECTED = fault("agent", {
  found: "No agent is connected to the gateway.",
  why: "Messages are stored and wait without an answer.",
  advice: "Start the agent, and compare its token with TURNPIKE_AGENT_TOKEN: a wrong one is refused with 401.",
});

async function checkAccount(channel: Channel): Promise<readonly ReportedFinding[]> {
  const about = accountKeyOf({ channel: channel.name, account: channel.account });
  try {
    const findings = (await channel.diagnostics?.()) ?? [skipped("account", "This platform has no checks.")];
    return findingsAbout(about, findings);
  } finally {
    await channel.close();
  }
}
