/** `npm run bench:report`: runs every bench, one after another, and writes `docs/performance.md` and its picture. */
import { readFile, writeFile } from "node:fs/promises";
import { ack, slowDisk } from "../ack/run.ts";
import { recovery } from "../growth/recovery.ts";
import { growth, waiting } from "../growth/run.ts";
import { peers, threeEach } from "../peers/run.ts";
import { steady } from "../steady/run.ts";
import { machine, progress, type Section } from "../support/section.ts";
import { way } from "../way/run.ts";
import { picture } from "./picture.ts";

const PAGE = new URL("../../docs/performance.md", import.meta.url);
const PICTURE = new URL("../../docs/pictures/performance.svg", import.meta.url);
const BEGIN = "<!-- measured: begin -->";
const END = "<!-- measured: end -->";

function markdown({ title, how, head, rows }: Section): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "--:"));
  return [`### ${title}`, "", how, "", row(head), row(rule), ...rows.map(row)].join("\n");
}

const sections: Section[] = [];
for (const bench of [way, peers, threeEach, ack, slowDisk, steady, growth, waiting, recovery]) {
  const section = await bench();
  sections.push(section);
  progress(`${section.title}: done`);
}
const besides = sections.find(({ title }) => title.startsWith("Beside"));
const measured = `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}.`;
const page = await readFile(PAGE, "utf8");
const [before, after] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))];
if (!page.includes(BEGIN) || !page.includes(END))
  throw new Error(`${PAGE.pathname} lacks the marks for what is measured`);
await writeFile(PAGE, `${before}${BEGIN}\n\n${[measured, ...sections.map(markdown)].join("\n\n")}\n\n${after}`);
await writeFile(PICTURE, picture("Messages a second, from webhook to reply", besides?.figures ?? {}));
