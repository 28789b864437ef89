/**
 * `npm run animation`: a moving picture of the simulator's page for the README, in which the gateway is killed while a person
 * writes. Taken of a running `turnpike demo`: what is on it happened so, at these times. Needs a built package, Chromium
 * and `img2webp` (Debian's package webp).
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { pictureFile, withDemo } from "./pictures/running-demo.ts";

const SIZE = { width: 1200, height: 760 };
/** Between two pictures, and how long the last one stands. */
const FRAME_MS = 200;
const LAST_MS = 4_000;
/** A reader needs so long to see what is new. */
const READING_MS = 1_500;
const SIZE_MAX = 1_000_000;

interface Frame {
  readonly png: Buffer;
  /** How long it is shown. */
  ms: number;
}

/** One message that is answered, and one that is written while the gateway is dead. */
async function play(page: Page): Promise<void> {
  const phone = page.locator("[data-phone=line]");
  const write = async (text: string) => {
    const field = phone.getByRole("textbox", { name: "Message" });
    await field.pressSequentially(text, { delay: 60 });
    await field.press("Enter");
  };
  const answered = (text: string) => phone.getByText(`You said: ${text}`, { exact: true }).waitFor();
  await pause(READING_MS);
  await write("Are you open today?");
  await answered("Are you open today?");
  await pause(READING_MS);
  await page.getByRole("button", { name: "Kill the gateway" }).click();
  await page.getByText("The gateway is down.").waitFor();
  await write("And tomorrow?");
  await phone.locator("li[data-mark=lost]").waitFor();
  await page.locator("[data-gateway=up]").waitFor();
  await answered("And tomorrow?");
  await pause(READING_MS);
}

/** Pictures until `until` is done. Equal ones are one that stands longer. */
async function record(page: Page, until: Promise<void>): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  const end = until.then(() => true);
  let takenAt = performance.now();
  for (let isOver = false; !isOver; ) {
    const png = await page.screenshot();
    const now = performance.now();
    const last = frames.at(-1);
    if (last !== undefined) last.ms += now - takenAt;
    if (last === undefined || !last.png.equals(png)) frames.push({ png, ms: 0 });
    takenAt = now;
    isOver = await Promise.race([end, pause(FRAME_MS, false)]);
  }
  const last = frames.at(-1);
  if (last !== undefined) last.ms = LAST_MS;
  return frames;
}

async function writeAnimation(frames: readonly Frame[]): Promise<void> {
  const { path, shown } = pictureFile("demo.webp");
  const folder = await mkdtemp(join(tmpdir(), "turnpike-animation-"));
  try {
    const args = ["-loop", "0", "-min_size", "-lossy", "-q", "70", "-m", "6"];
    for (const [index, { png, ms }] of frames.entries()) {
      const file = join(folder, `${index}.png`);
      await writeFile(file, png);
      args.push("-d", String(Math.max(1, Math.round(ms))), file);
    }
    await promisify(execFile)("img2webp", [...args, "-o", path]);
  } finally {
    await rm(folder, { recursive: true });
  }
  const { size } = await stat(path);
  const seconds = frames.reduce((sum, { ms }) => sum + ms, 0) / 1_000;
  console.log(`${shown}: ${frames.length} pictures, ${seconds.toFixed(1)} s, ${Math.round(size / 1_000)} kB`);
  if (size > SIZE_MAX) throw new Error(`${shown} is larger than ${SIZE_MAX / 1_000} kB`);
}

await withDemo({ viewport: SIZE }, async (page) => {
  await page.goto("/simulator");
  await page.locator("[data-phone]").first().waitFor();
  await writeAnimation(await record(page, play(page)));
});
