/**
 * `npm run bench:cost`: the cost of a month of answers, with LINE's simulator and a manual clock. Writes the table into
 * docs/costs.md. Deterministic: the month is generated from a seed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { oneTokenAnEvent, pushOnly, turnpike } from "./contenders.ts";
import { scriptMonth } from "./month.ts";
import { type Contender, playMonth, type Result } from "./playback.ts";

const SEED = 2026;
const QUOTA = 200;
const PAGE = new URL("../../docs/costs.md", import.meta.url);
const PLACE = /(<!-- table -->\n)[\s\S]*?(<!-- end -->)/;

const CONTENDERS: readonly (readonly [string, Contender])[] = [
  ["(a) every answer pushed", pushOnly],
  ["(b) one token an event, 50 s, one message a call", oneTokenAnEvent],
  ["(c) Turnpike, `push`", turnpike({ slowReply: "push" })],
  ["(d) Turnpike, `button`, in groups too", turnpike({ slowReply: "button", slowReplyInGroups: true })],
];

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

function at(waitsMs: readonly number[], share: number): string {
  return duration(waitsMs[Math.min(waitsMs.length - 1, Math.floor(waitsMs.length * share))] ?? 0);
}

function row(name: string, free: Result, limited: Result): string {
  const { waitsMs } = limited;
  const cells = [
    name,
    free.paid,
    free.missed,
    limited.paid,
    limited.refused,
    `${limited.missed} of ${limited.answers}`,
    at(waitsMs, 0.5),
    at(waitsMs, 0.95),
    at(waitsMs, 1),
  ];
  return `| ${cells.join(" | ")} |`;
}

const month = scriptMonth(seededRandom(SEED));
const rows: string[] = [];
for (const [name, contender] of CONTENDERS) {
  const free = await playMonth(month, contender, null);
  const limited = await playMonth(month, contender, QUOTA);
  rows.push(row(name, free, limited));
  process.stdout.write(`${rows.at(-1)}\n`);
}
const head = `| | paid, no limit | missed | paid, quota ${QUOTA} | refused | missed | wait: half | 95 % | longest |`;
const table = [head, "|---|--:|--:|--:|--:|--:|--:|--:|--:|", ...rows].join("\n");
const page = readFileSync(PAGE, "utf8");
writeFileSync(
  PAGE,
  page.replace(PLACE, (_, start: string, end: string) => `${start}${table}\n${end}`),
);
