#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { CHANNELS } from "./channels/index.ts";
import { type Config, readConfig } from "./config.ts";
import { copy } from "./copy.ts";
import { Misconfigured } from "./core/errors.ts";
import { deadCommand } from "./dead/command.ts";
import { demo } from "./demo/demo.ts";
import { migrate } from "./migrate.ts";
import { showConfig } from "./show-config.ts";
import { simulate } from "./simulate.ts";
import { start } from "./start.ts";

const { version, description } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
  description: string;
};

const COPY_HELP = `
Stop the gateway first, then copy, then start it with TURNPIKE_DATABASE_URL=postgres://… Meanwhile webhooks fail, and the
platforms send them again. The file stays as it is. A copy that was cut off is made again from its beginning.`;

const program = new Command("turnpike").version(version).description(description).showHelpAfterError();

program
  .command("start")
  .description("run the gateway; settings come from the environment and a YAML file")
  .addOption(configOption())
  .addHelpText("after", "\nWithout a channel it says what is missing. To look around without an account: turnpike demo")
  .action((options: FromFile) => run(() => startAndWait(options)));

program
  .command("config")
  .description("show every setting as it is in effect, and where it comes from; a secret only as its length")
  .addOption(configOption())
  .option("--json", "the same as JSON", false)
  .option("--schema", "the JSON Schema of the YAML file instead, for editors", false)
  .action((options: FromFile & { json: boolean; schema: boolean }) =>
    run(async () => void process.stdout.write(showConfig(process.env, options))),
  );

program
  .command("demo")
  .description("gateway, simulated platforms and echo bot on this machine; no account needed")
  .option("--smoke", "one message, then end: 0 when its answer was seen, 1 otherwise", false)
  .action((options: { smoke: boolean }) => run(() => demo(options)));

program
  .command("simulate")
  .description("a platform's side of the wire, to test a gateway or a bot against")
  .addOption(new Option("--channel <name>", "which platform").choices(Object.keys(CHANNELS)).makeOptionMandatory())
  .requiredOption("--webhook-url <url>", "where its webhooks go")
  .option("--port <number>", "where its API listens on 127.0.0.1 (0: a free one)", "0")
  .addHelpText("after", "\nSecrets come from the same environment as the gateway's: LINE_CHANNEL_SECRET and so on.")
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
  .description("bring the database's schema up to this version, and say what was done")
  .addOption(configOption())
  .action((options: FromFile) => run(async () => void process.stdout.write(`${await migrate(readFrom(options))}\n`)));

program
  .command("copy")
  .description("move a gateway's history from SQLite to PostgreSQL; may be repeated until a gateway runs there")
  .argument("<from>", "sqlite: and the path of the file, as in sqlite:data/turnpike.db")
  .argument("<to>", "postgres://user:password@host:5432/database, new and empty")
  .addHelpText("after", COPY_HELP)
  .action((from: string, to: string) => run(() => copy(from, to, (line) => process.stdout.write(`${line}\n`))));

program.addCommand(
  deadCommand({
    env: process.env,
    terminal: {
      out: (line) => void process.stdout.write(`${line}\n`),
      note: (line) => void process.stderr.write(`${line}\n`),
    },
    run,
  }),
);

await program.parseAsync();

/** Of the commands that read settings. */
interface FromFile {
  readonly config?: string;
}

function configOption(): Option {
  return new Option("--config <file>", "the YAML file; without it, the one that TURNPIKE_CONFIG names");
}

function readFrom({ config }: FromFile): Config {
  return readConfig(process.env, { file: config });
}

async function startAndWait(options: FromFile): Promise<void> {
  const gateway = await start(readFrom(options));
  await untilSignal();
  await gateway.stop();
}

/** SIGTERM, or Ctrl-C. A second one ends at once: the store is made for that. */
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

/** A mistake in the settings is one sentence; anything else is ours and keeps its stack. */
async function run(command: () => Promise<void>): Promise<void> {
  try {
    await command();
    process.exit(0);
  } catch (error) {
    const text = error instanceof Misconfigured ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`turnpike: ${text}\n`);
    process.exit(1);
  }
}
