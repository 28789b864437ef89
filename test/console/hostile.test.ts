/**
 * Goal: what a platform or an agent says of a failure, and what somebody calls themselves, is read and does nothing else.
 * Method: a simulated LINE that refuses with such words, and the pages that quote them, in Chromium, narrow and wide.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { until } from "../e2e/support/eventually.ts";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";

const WORDS = [
  `<img src=x onerror="document.title='run'">`,
  "\u202Egnp.exe\u202C",
  "👩‍👩‍👧‍👦",
  "مرحبا بالعالم",
  "javascript:alert(1)",
] as const;
/** The gateway keeps the beginning. */
const SAID = [...WORDS, "W".repeat(10_000)].join(" ");

const WIDTHS = [390, 1_024, 1_440];
const REASONS = `SELECT response FROM attempt WHERE response LIKE '%gnp.exe%'`;

/** Texts with a control of direction that aren't isolated from what stands beside them. */
const NOT_ISOLATED = `[...document.querySelectorAll("main *")]
  .filter(({ childNodes }) => [...childNodes].some((node) => node.nodeType === 3 && node.data.includes("\u202E")))
  .filter((element) => element.closest("bdi") === null).map(({ outerHTML }) => outerHTML.slice(0, 200))`;

/** Opens the row of a turn's page, and waits for what is written beside it. */
async function openRow(page: Page, name: string, fact: string): Promise<void> {
  const rows = page.getByRole("list", { name: "What happened, in order" }).getByRole("button");
  await rows
    .filter({ hasText: new RegExp(`^${name}`) })
    .first()
    .click();
  await page
    .getByRole("region", { name: `Details: ${name}` })
    .getByText(fact, { exact: true })
    .waitFor();
}

async function expectOnlyRead(page: Page, words: readonly string[]): Promise<void> {
  const where = page.url();
  const text = await inPage<string>(page, "document.querySelector('main').textContent");
  for (const word of words) expect(text, where).toContain(word);
  expect(await inPage(page, NOT_ISOLATED), where).toEqual([]);
  expect(await page.locator("main img, main a[href^='javascript' i], main script").count(), where).toBe(0);
  expect(await page.title(), where).not.toMatch(/^run|\u202E/);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const sideways = await inPage<number>(page, "document.documentElement.scrollWidth - innerWidth");
    expect(sideways, `${where} at ${width} px`).toBeLessThanOrEqual(0);
  }
}

describe.skipIf(hasNoBrowser)(named("hostile words"), () => {
  const setting = useConsole();

  test("in a reason, an answer of the platform and a name are shown as they are wherever they are quoted", async () => {
    const { world, visit } = setting;
    const person = world.somebody();
    world.line.faults.next("reply", { at: "before-accept", how: 400, message: SAID });
    await person.says("hello");
    await until("the delivery is dead", () => world.gateway.value(REASONS));
    const [dead] = await deadTurns(world, 1);
    const quoted = SAID.slice(0, 300).replaceAll("'", "''");
    // An agent's words in its failure, and somebody's name.
    world.gateway.tamper(`
      UPDATE turn SET reason = '${quoted}' WHERE state = 'dead';
      UPDATE event SET sender_name = '${quoted}';`);
    const [delivery] = world.gateway.rows<{ id: string; conversation: string }>(
      "SELECT delivery_id AS id, conversation_id AS conversation FROM delivery WHERE state = 'dead'",
    );
    const { open } = await visit({ viewport: { width: 390, height: 800 } });

    const needsYou = await open("/needs-you");
    await expect.poll(() => needsYou.locator("main li[data-row]").count()).toBe(2);
    await expectOnlyRead(needsYou, WORDS);
    await needsYou.goto("/needs-you?group=reason");
    await expect.poll(() => needsYou.locator("main li[data-row]").count()).toBe(2);
    await expectOnlyRead(needsYou, WORDS);

    const call = await open(`/d/${delivery?.id}`);
    await openRow(call, "Call", "Response");
    await expectOnlyRead(call, WORDS);
    await openRow(call, "Event", "Sender");
    await expectOnlyRead(call, WORDS);

    const turn = await open(`/t/${dead?.turnId}`);
    await openRow(turn, "Agent", "Reason");
    await expectOnlyRead(turn, WORDS);
    await turn.getByRole("button", { name: "Table" }).click();
    await turn.locator("main table").waitFor();
    await expectOnlyRead(turn, WORDS);
    await turn.getByRole("button", { name: "Raw" }).click();
    await turn.locator("main mark", { hasText: "U+202E" }).first().waitFor();
    await expectOnlyRead(turn, WORDS.slice(3));

    const conversation = await open(`/c/${delivery?.conversation}`);
    await conversation.getByText("Last answer").waitFor();
    await expectOnlyRead(conversation, WORDS);
    const list = await open("/conversations");
    await list.locator("main li[data-row]").first().waitFor();
    await expectOnlyRead(list, WORDS);
  });

  test("with which a platform stops an account are shown as they are, too", async () => {
    const { world, visit } = setting;
    world.line.faults.next("reply", { at: "before-accept", how: 401, message: SAID, times: 1_000 });
    world.line.faults.next("info", { at: "before-accept", how: 401, message: SAID, times: 1_000 });
    await world.somebody().says("hello");
    await until("the account is stopped", () => world.gateway.value("SELECT stopped_at FROM account"));
    const { open } = await visit({ viewport: { width: 390, height: 800 } });
    for (const path of ["/accounts", "/overview"]) {
      const page = await open(path);
      await page.locator("main bdi", { hasText: "gnp.exe" }).first().waitFor();
      await expectOnlyRead(page, WORDS);
    }
  });
});
