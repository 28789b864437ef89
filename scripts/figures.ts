/** Prints the figures of the house: how much there is, and what one message costs. `npm run figures`. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { RULES } from "../test/support/architecture/rules.ts";
import { readTree } from "../test/support/architecture/tree.ts";
import { countOneMessage } from "./one-message.ts";

const root = new URL("../", import.meta.url);
const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|sql)$/.test(file));
const program = files.filter((file) => /^src\//.test(file) && !/\.test\.ts$|\/fixtures\//.test(file));
const linesOf = (some: readonly string[]) =>
  some.reduce((sum, file) => sum + readFileSync(new URL(file, root), "utf8").split("\n").length - 1, 0);
const store = program.filter((file) => file.startsWith("src/store/"));
const stores = [...new Set(store.map((file) => /^src\/store\/(\w+)\/entry\.ts$/.exec(file)?.[1] ?? ""))].filter(
  Boolean,
);
const upward = RULES["folders import downwards only"](await readTree(root));
const cost = await countOneMessage();

const FIGURES: readonly (readonly [string, string | number])[] = [
  ["src without tests, lines", linesOf(program)],
  ["src/store, lines", linesOf(store)],
  ["src/store, files", store.length],
  ["mutations, lines", linesOf(files.filter((file) => /^scripts\/mutations/.test(file)))],
  ...stores.map((name) => {
    const own = store.filter((file) => file.startsWith(`src/store/${name}/`));
    return [`files of the store ${name}, and 1 line in src/store/index.ts`, own.length] as const;
  }),
  ["imports between folders that run upwards", upward.length],
  ["one message: files", cost.files],
  ["one message: functions", cost.functions],
  ["one message: SQL statements", cost.statements.toFixed(1)],
  ["one message: transactions", cost.transactions.toFixed(1)],
];
for (const [name, figure] of FIGURES) console.log(`${String(figure).padStart(8)}  ${name}`);
