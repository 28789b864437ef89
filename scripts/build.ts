/**
 * Builds the package from scratch: `dist/`, with every file that package.json lists, and the console in `dist/console`.
 *
 * The bundler writes the modules and the compiler the declarations. The compiler leaves `.ts` in the imports of
 * declarations, where TypeScript (5.0 and later, any module resolution) reads `./x.ts` as `./x.d.ts`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, cp, glob, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { agentSchema } from "../src/agents/websocket/json-schema.ts";
import { configSchema } from "../src/config/json-schema.ts";
import { SETTINGS } from "../src/config/settings-tree.ts";
import { bundle } from "./bundle.ts";
import { buildConsole } from "./console/build-console.ts";

const root = new URL("../", import.meta.url);

export async function build(): Promise<void> {
  await rm(new URL("dist/", root), { recursive: true, force: true });
  const { bin, shipped } = await promisedFiles();
  const entries = shipped.filter((path) => path.endsWith(".js"));
  await Promise.all([declare(), bundle(entries.map(entryOf)), copyMigrations(), buildConsole()]);
  await writeSchemas();
  const missing = shipped.filter((path) => !existsSync(new URL(path, root)));
  if (missing.length > 0)
    throw new Error(`package.json lists files that the build didn't write: ${missing.join(", ")}`);
  for (const path of bin) await makeExecutable(new URL(path, root));
}

/** From `./dist/simulator/index.js` to `simulator/index`. */
function entryOf(path: string): string {
  return path.replace(/^\.\/dist\/(.+)\.js$/, "$1");
}

async function declare(): Promise<void> {
  const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
  const compiler = spawn(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  const [code] = await once(compiler, "exit");
  if (code !== 0) throw new Error("the compiler failed; see its output above");
}

/** The stores read them beside their own modules. */
async function copyMigrations(): Promise<void> {
  const folders = glob("store/*/migrations", { cwd: fileURLToPath(new URL("src/", root)) });
  for await (const folder of folders) {
    await cp(new URL(`src/${folder}`, root), new URL(`dist/${folder}`, root), { recursive: true });
  }
}

/** JSON Schemas of the agent protocol, for agents in other languages, and of the settings file, for editors. */
async function writeSchemas(): Promise<void> {
  const write = async (path: string, schema: unknown) =>
    await writeFile(new URL(path, root), `${JSON.stringify(schema, null, 2)}\n`);
  await write("dist/agent.schema.json", agentSchema());
  await write("dist/config.schema.json", configSchema(SETTINGS));
}

async function promisedFiles(): Promise<{ bin: string[]; shipped: string[] }> {
  const manifest = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
  const bin = Object.values(manifest.bin).map(String);
  const exported = Object.values(manifest.exports)
    .flatMap((target) => (typeof target === "object" && target !== null ? Object.values(target) : [target]))
    .map(String);
  return { bin, shipped: [...bin, ...exported] };
}

async function makeExecutable(file: URL): Promise<void> {
  const text = await readFile(file, "utf8");
  if (!text.startsWith("#!/usr/bin/env node\n")) {
    throw new Error(`${fileURLToPath(file)} must begin with "#!/usr/bin/env node"`);
  }
  await chmod(file, 0o755);
}

if (import.meta.main) {
  try {
    await build();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
