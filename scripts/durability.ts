/**
 * `npm run durability`: runs the proof (kills, disk, fault points, seeds, mutations) in at most twenty minutes and writes
 * DURABILITY.md from the results. Exits 1 when anything was lost, doubled or survived, or a part has no figures.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, release, totalmem, type } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { disk, faultPoints, kills, mutations, type Part, type Progress, seeds } from "./durability/parts.ts";
import { type Machine, page } from "./durability/report.ts";
import { ROOT } from "./durability/run.ts";

const FILE = "DURABILITY.md";

function git(...args: readonly string[]): string {
  return execFileSync("git", [...args], { cwd: ROOT })
    .toString()
    .trim();
}

function machine(): Machine {
  const db = new Database(":memory:");
  const sqlite = String(db.prepare("SELECT sqlite_version()").pluck().get());
  db.close();
  return {
    commit: git("rev-parse", "HEAD"),
    isDirty: git("status", "--porcelain", "--", ".", `:!${FILE}`) !== "",
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    sqlite,
    cores: availableParallelism(),
    memoryGiB: (totalmem() / 2 ** 30).toFixed(1),
    kernel: `${type()} ${release()}`,
  };
}

/** One after another, because each measures and needs the machine for itself. */
async function part<F>(name: string, work: (progress: Progress) => Promise<Part<F>>): Promise<Part<F>> {
  console.log(`\n${name}`);
  const found = await work((line) => {
    if (line.trim() !== "" && !line.startsWith("FIGURES ")) console.log(`  ${line}`);
  });
  console.log(`${found.isGood ? "ok    " : "FAILED"} ${name}, ${found.seconds.toFixed(0)} s`);
  return found;
}

const startedAt = performance.now();
const proof = {
  machine: machine(),
  kills: await part("kills of the shipped program", kills),
  disk: await part("disks that fail or are full", disk),
  faultPoints: await part("fault points", faultPoints),
  seeds: await part("seeds", seeds),
  mutations: await part("mutations", mutations),
};
writeFileSync(join(ROOT, FILE), page({ ...proof, seconds: (performance.now() - startedAt) / 1_000 }));
console.log(`\nwrote ${FILE}`);
const parts = [proof.kills, proof.disk, proof.faultPoints, proof.seeds, proof.mutations];
if (!parts.every(({ isGood }) => isGood)) process.exitCode = 1;
