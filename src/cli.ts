#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { CHANNELS } from "./channels/index.ts";
import { accountCommand } from "./commands/account/command.ts";
import { showConfig } from "./commands/config.ts";
import { configOption, type FromFile } from "./commands/config-option.ts";
import { copy } from "./commands/copy.ts";
import { deadCommand } from "./commands/dead-letters/command.ts";
import { demo } from "./commands/demo/demo.ts";
import { examine } from "./commands/doctor/doctor.ts";
import { asJson, asText, exitCode } from "./commands/doctor/report.ts";
import { forgetCommand } from "./commands/forget/command.ts";
import { migrate } from "./commands/migrate.ts";
import { simulate } from "./commands/simulate.ts";
import { start } from "./commands/start.ts";
import { type Config, readConfig } from "./config/config.ts";
import { readDemoPorts } from "./config/demo-ports.ts";
import { Misconfigured } from "./core/errors.ts";
import { DESCRIPTION, VERSION } from "./runtime/version.ts";

const COPY_HELP = `
Stop the gateway first, then copy, then start it with TURNPIKE_DATABASE_URL=postgres://… Meanwhile webhooks fail, and the
platforms redeliver them. The file isn't changed. An interrupted copy starts again from its beginning.`;

const DOCTOR_HELP = `
Exits with 0 when messages can be received and sent, with 1 otherwise. It changes nothing and sends no message: LINE is
asked to send an empty webhook, and the agent gets a ping. Works while the gateway runs, and before its first start.`;

/** For the processes that this one starts. */
const PROGRAM = fileURLToPath(import.meta.url);

const TERMINAL = {
  out: (line: string) => void process.stdout.write(`${line}\n`),
  info: (line: string) => void process.stderr.write(`${line}\n`),
};

const program = new Command("turnpike").version(VERSION).description(DESCRIPTION).showHelpAfterError();

program
  .command("start")
  .description("run the gateway; settings come from the environment and a YAML file")
  .addOption(configOption())
  .addHelpText("after", "\nTo try it without an account: turnpike demo")
  .action((options: FromFile) => run(() => startAndWait(options)));

program
  .command("config")
  .description("show every effective setting and its source; of a secret only its length")
  .addOption(configOption())
  .option("--json", "output as JSON", false)
  .option("--schema", "print the JSON Schema of the YAML file instead, for editors", false)
  .action((options: FromFile & { json: boolean; schema: boolean }) =>
    run(async () => void process.stdout.write(showConfig(process.env, options))),
  );

program
  .command("demo")
  .description("run a gateway with simulated platforms and an echo bot on this machine; no account needed")
  .option("--smoke", "send one message per platform and exit: 0 when all answers were shown, 1 otherwise", false)
  .option("--no-open", "don't open the simulator's page in the browser")
  .action((options: { smoke: boolean; open: boolean }) =>
    run(() => demo({ ...options, ports: readDemoPorts(process.env), env: process.env, program: PROGRAM })),
  );

program
  .command("simulate")
  .description("run a platform's simulator, to test a gateway or a bot with")
  .addOption(new Option("--channel <name>", "platform").choices(Object.keys(CHANNELS)).makeOptionMandatory())
  .requiredOption("--webhook-url <url>", "URL for its webhooks")
  .option("--port <number>", "port of its API on 127.0.0.1 (0: a free one)", "0")
  .addHelpText("after", "\nSecrets are read from the gateway's environment variables: LINE_CHANNEL_SECRET and so on.")
  .action((options: { channel: string; webhookUrl: string; port: string }) =>
    run(async () => {
      const simulator = await simulate(process.env, options);
      process.stdout.write(`${simulator.description}\n`);
      await untilSignal();
      await simulator.close();
    }),
  );

program
  .command("migrate")
  .description("migrate the database's schema to this version")
  .addOption(configOption())
  .action((options: FromFile) => run(async () => void process.stdout.write(`${await migrate(readFrom(options))}\n`)));

program
  .command("copy")
  .description("copy a gateway's history from SQLite to PostgreSQL; may be repeated until a gateway runs there")
  .argument("<from>", "sqlite: and the path of the file, such as sqlite:data/turnpike.db")
  .argument("<to>", "postgres://user:password@host:5432/database, new and empty")
  .addHelpText("after", COPY_HELP)
  .action((from: string, to: string) => run(() => copy(from, to, (line) => process.stdout.write(`${line}\n`))));

program.addCommand(deadCommand({ env: process.env, terminal: TERMINAL, run }));

program.addCommand(accountCommand({ env: process.env, terminal: TERMINAL, run }));

program
  .command("doctor")
  .description("check settings, database, accounts, webhooks, quota and agent, with advice")
  .option("--strict", "exit with 1 for warnings, too", false)
  .option("--json", "findings as JSON", false)
  .option("--free-mib <number>", "free space on SQLite's disk below which there is a warning, in MiB", wholeMib, 1_024)
  .addOption(configOption())
  .addHelpText("after", DOCTOR_HELP)
  .action((options: { strict: boolean; json: boolean; freeMib: number } & FromFile) =>
    run(async () => {
      const report = await examine(process.env, { ...options, file: options.config });
      process.stdout.write(options.json ? asJson(report) : asText(report));
      process.exitCode = exitCode(report, options);
    }),
  );

program.addCommand(forgetCommand({ env: process.env, terminal: TERMINAL, run }));

await program.parseAsync();

function wholeMib(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("allowed: whole MiB, 0 or more");
}

function readFrom({ config }: FromFile): Config {
  return readConfig(process.env, { file: config });
}

async function startAndWait(options: FromFile): Promise<void> {
  const gateway = await start(readFrom(options));
  await untilSignal();
  await gateway.stop();
}

/** SIGTERM or Ctrl-C. A second signal exits at once, which is crash-safe. */
function untilSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      resolve();
      process.once(signal, () => process.exit(1));
    });
  }
  return promise;
}

/** `Misconfigured` is printed as one sentence, any other error with its stack. */
async function run(command: () => Promise<void>): Promise<void> {
  try {
    await command();
    process.exit();
  } catch (error) {
    const text = error instanceof Misconfigured ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`turnpike: ${text}\n`);
    process.exit(1);
  }
}
