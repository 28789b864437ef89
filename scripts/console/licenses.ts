import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const PACKAGE = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const IS_LICENSE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;

/** Name, version and licence of every package that has code among these modules, with the licence's own words. */
export async function licensesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.map((path) => PACKAGE.exec(path.replace(/^\0/, ""))?.[1]));
  const found = await Promise.all([...folders].filter((folder) => folder !== undefined).map(licenseOf));
  return `The console contains code of these packages.\n\n${found.sort().join("\n\n")}\n`;
}

async function licenseOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Readonly<
    Record<string, unknown>
  >;
  const names = (await readdir(folder)).filter((name) => IS_LICENSE.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const { name, version, license } = manifest;
  if (typeof license !== "string") throw new Error(`${String(name)} says no licence and must not be bundled`);
  return [
    `${"-".repeat(80)}\n${String(name)} ${String(version)} (${license})`,
    ...texts.map((text) => text.trim()),
  ].join("\n\n");
}
