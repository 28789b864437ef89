import { checkAgent } from "../../agents/diagnostics.ts";
import type { Channel } from "../../channels/channel.ts";
import { type Config, readConfig } from "../../config/config.ts";
import { Misconfigured } from "../../core/errors.ts";
import { type Finding, fault, fine, skipped, warning } from "../../core/finding.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import { createRedactor, type Redactor } from "../../runtime/redaction.ts";
import { diagnoseStore } from "../../store/index.ts";
import { checkGateway, type GatewayLook } from "./gateway.ts";
import type { Report, Told } from "./report.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface DoctorOptions {
  /** Less free than this on SQLite's disk is a warning, in MiB. */
  readonly freeMib: number;
  /** The YAML file; without it, the one that `TURNPIKE_CONFIG` names. */
  readonly file?: string | undefined;
}

/**
 * Looks at everything that a message needs on its way, as these settings describe it. It changes nothing, sends nobody a
 * message, and works before the gateway's first start as well as while it runs.
 */
export async function examine(env: Environment, { freeMib, file }: DoctorOptions): Promise<Report> {
  const clock = systemClock();
  const settings = readSettings(env, file);
  const channels = readChannels(settings.config);
  const { config } = settings;
  const gateway = config === null ? null : await checkGateway(config.public, clock);
  // One after another what changes nothing, and at the same time what only waits for somebody else.
  const [database, agent, accounts] = await Promise.all([
    config === null ? [UNREAD] : diagnoseStore(config.databaseUrl, { clock, freeMib }),
    config === null ? [UNREAD] : lookAtAgent(config, gateway, clock),
    Promise.all(channels.all.map(lookAtAccount)),
  ]);
  const redact = createRedactor(() => secretsOf(config, channels.all));
  const findings = [
    ...told("settings", [...settings.findings, ...channels.findings]),
    ...told("gateway", gateway?.findings ?? []),
    ...told("database", database),
    ...told("agent", agent),
    ...accounts.flat(),
  ];
  return { findings: findings.map((finding) => redactFinding(finding, redact)) };
}

/** Whoever was asked may quote what it was asked with. */
function redactFinding(finding: Told, redact: Redactor): Told {
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

const UNREAD: Finding = skipped("settings", "Not looked at: the settings must be right first.");

const told = (about: string, findings: readonly Finding[]): readonly Told[] =>
  findings.map((finding) => ({ about, ...finding }));

function refusal(error: unknown): Finding {
  if (!(error instanceof Misconfigured)) throw error;
  return fault("settings", {
    found: error.message,
    why: "The gateway doesn't start with these settings.",
    advice: "Correct it as the message says (docs/settings.md has all names, defaults and limits).",
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
        why: "The gateway starts all the same, and works otherwise than the settings look.",
        advice: "Set what the sentence names, or remove it (docs/settings.md).",
      }),
    );
    return { config, findings: [fine("settings", "The settings can be read."), ...warnings] };
  } catch (error) {
    return { config: null, findings: [refusal(error)] };
  }
}

function readChannels(config: Config | null): { all: readonly Channel[]; findings: readonly Finding[] } {
  // What can't be read has been told.
  if (config === null) return { all: [], findings: [] };
  const all = config.channels.map((channel) => channel.create(config));
  return { all, findings: all.length === 0 ? [NO_CHANNEL] : [] };
}

const NO_CHANNEL = fault("settings", {
  found: "No channel is configured.",
  why: "The gateway doesn't start: there is nobody to listen to.",
  advice: "Set a platform's variables, as in LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN (docs/settings.md).",
});

async function lookAtAgent(
  { agent, agentToken }: Config,
  gateway: GatewayLook | null,
  clock: Clock,
): Promise<readonly Finding[]> {
  if (agent !== null) return await checkAgent(agent, { clock, random: systemRandom() });
  if (agentToken === null) return [NO_AGENT];
  switch (gateway?.agentReachable ?? null) {
    case null:
      return [skipped("agent", "Agents connect to the gateway; whether one has can only be seen while it runs.")];
    case true:
      return [fine("agent", "An agent is connected to the gateway.")];
    case false:
      return [NOBODY_CONNECTED];
  }
}

const NO_AGENT = fault("agent", {
  found: "No agent is configured: neither TURNPIKE_AGENT_URL nor TURNPIKE_AGENT_TOKEN is set.",
  why: "What people write is taken in and waits, and nobody answers.",
  advice:
    "Set TURNPIKE_AGENT_URL and TURNPIKE_AGENT_SECRET for a bot behind HTTP, or TURNPIKE_AGENT_TOKEN for one that connects.",
});

const NOBODY_CONNECTED = fault("agent", {
  found: "No agent is connected to the gateway.",
  why: "What people write is taken in and waits, and nobody answers.",
  advice: "Start the agent, and compare its token with TURNPIKE_AGENT_TOKEN: a wrong one is refused with 401.",
});

async function lookAtAccount(channel: Channel): Promise<readonly Told[]> {
  const about = `${channel.name}/${channel.account}`;
  try {
    const findings = (await channel.diagnostics?.()) ?? [
      skipped("account", "This platform has nothing that could be asked."),
    ];
    return told(about, findings);
  } finally {
    await channel.close();
  }
}
