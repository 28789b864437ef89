/**
 * Verifies that a new platform is only a folder, an entry in `src/channels/index.ts` and an export in `src/index.ts`: in a
 * copy of the tree it adds one, made of a platform that is there under another name, and checks that everything builds and
 * passes, the new platform's own tests too. `without-channel.ts` is the opposite.
 *
 *   node scripts/with-channel.ts messenger         types, architecture and the channels' suite
 *   node scripts/with-channel.ts messenger --all   the same with every unit and conformance test
 */
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryChannels } from "./channel-trial.ts";

const NEW = "acme";

/** The text with the platform's name, however it is written, as the new one's. */
function renamed(text: string, name: string): string {
  const forms = [...new Set(text.match(new RegExp(name, "gi")) ?? [])];
  return forms.reduce((result, form) => result.replaceAll(form, inCaseOf(form)), text);
}

function inCaseOf(form: string): string {
  if (form === form.toLowerCase()) return NEW;
  return form === form.toUpperCase() ? NEW.toUpperCase() : `${NEW[0]?.toUpperCase()}${NEW.slice(1)}`;
}

function addFolder(folder: string, name: string): void {
  const channels = join(folder, "src/channels");
  cpSync(join(channels, name), join(channels, NEW), { recursive: true });
  const files = readdirSync(join(channels, NEW), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  for (const { parentPath, name: file } of files) {
    const path = join(parentPath, file);
    writeFileSync(path, renamed(readFileSync(path, "utf8"), name));
    renameSync(path, join(parentPath, renamed(file, name)));
  }
}

/** Says each line of the list that names the platform once more, for the new one. */
function addLines(path: string, name: string): void {
  const isOfIt = new RegExp(`^(import|export) .* from "\\./(channels/)?${name}/|^ {2}${name}: .*,$`);
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, lines.flatMap((line) => (isOfIt.test(line) ? [line, renamed(line, name)] : [line])).join("\n"));
}

function main([name, ...options]: readonly string[]): void {
  if (name === undefined || !/^[a-z]+$/.test(name)) throw new Error("usage: with-channel.ts <name> [--all]");
  tryChannels({
    change(folder) {
      addFolder(folder, name);
      for (const list of ["src/channels/index.ts", "src/index.ts"]) addLines(join(folder, list), name);
    },
    tests: options.includes("--all") ? null : [`src/channels/${NEW}`],
  });
  process.stdout.write(`\nWith ${NEW}, made of ${name}, everything builds and passes.\n`);
}

if (import.meta.main) main(process.argv.slice(2));
