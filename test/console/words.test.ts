/**
 * Goal: with words off nothing that anybody said is on any page, in its title or in what is copied; deleted words say so.
 * Method: a gateway that logs what is said; people and a bot with words of their own, which are looked for in Chromium.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { answers } from "../e2e/support/agent.ts";
import type { Somebody } from "../e2e/support/world.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";

const SAID = "quincunx-of-the-person";
const ANSWERED = "quincunx-of-the-bot";
const DAY_MS = 86_400_000;

/** Wherever a page may keep a text. */
const EVERYTHING = `[document.title, document.documentElement.outerHTML, getSelection().toString(),
  ...[...document.querySelectorAll("input, select, textarea")].map(({ value }) => value),
  ...Object.values(localStorage), ...Object.values(sessionStorage), JSON.stringify(history.state)].join("\\n")`;

describe.skipIf(hasNoBrowser)(named("words"), () => {
  const setting = useConsole({ TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN, TURNPIKE_LOG_PAYLOADS: "on" });

  /** Somebody who has said it and has the answer. */
  async function talks(): Promise<{ person: Somebody; conversation: string; turn: string }> {
    const person = setting.world.somebody();
    person.isAnsweredBy(() => answers(ANSWERED));
    await person.says(SAID);
    await person.hasSeen(1);
    await person.settled();
    const [row] = setting.world.gateway.rows<{ conversation_id: string; turn_id: string }>(
      "SELECT conversation_id, turn_id FROM turn JOIN conversation USING (conversation_id) WHERE peer_id = ?",
      person.id,
    );
    return { person, conversation: row?.conversation_id ?? "", turn: row?.turn_id ?? "" };
  }

  /** What is there of it, and not all that is there: a failure says no more than the words. */
  const saidIn = async (page: Page) => (await inPage<string>(page, EVERYTHING)).match(/quincunx[\w-]*/g) ?? [];

  async function copied(page: Page): Promise<string> {
    await page.locator("h1").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.press("ControlOrMeta+c");
    return await inPage(page, "navigator.clipboard.readText()");
  }

  test("are on no page once they are off: not in the page, nor its title, nor what is copied of it", async () => {
    const { conversation, turn, person } = await talks();
    await deadTurns(setting.world, 1);
    const { open, context } = await setting.visit({ preferences: { words: false } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const pages = {
      [`/c/${conversation}`]: "[data-side=out]",
      [`/c/${conversation}?view=raw`]: "pre",
      [`/t/${turn}`]: "ol button",
      [`/t/${turn}?view=table`]: "tbody tr",
      [`/t/${turn}?view=raw`]: "pre",
      "/conversations": "main ol li a",
      "/overview": "figure svg[role=img]",
      "/needs-you": "main li[data-row]",
      "/needs-you?group=reason": "main ol li",
      "/log": "[role=log] li",
      "/audit": "main h1 ~ .panel",
      "/accounts": "main h1 ~ ul",
      [`/search?q=${person.id}`]: "main [data-side=out]",
    };
    for (const [path, ready] of Object.entries(pages)) {
      const page = await open(path);
      await page.locator(ready).first().waitFor();
      expect(await saidIn(page), path).toEqual([]);
      const text = await copied(page);
      expect(text, path).not.toBe("");
      expect(text, path).not.toContain("quincunx");
      await page.close();
    }
  });

  test("go at once from every page that showed them when they are switched off in one", async () => {
    const { conversation, turn } = await talks();
    const { open } = await setting.visit();
    const shown = [await open(`/c/${conversation}`), await open(`/t/${turn}?view=raw`), await open("/log")] as const;
    const [transcript, raw, log] = shown;
    await log.getByRole("button", { name: "Pause" }).click();
    for (const page of shown) await expect.poll(() => saidIn(page)).toContain(SAID);
    await transcript.getByRole("button", { name: "Words" }).click();
    for (const page of shown) await expect.poll(() => saidIn(page)).toEqual([]);
    await transcript.locator("[data-side=out]").waitFor();
    await raw.locator("pre").waitFor();
    await log.locator("[role=log] li").first().waitFor();
    for (const page of shown) expect(await saidIn(page)).toEqual([]);
  });

  test("that were deleted are said to be deleted, with their age, and leave no empty bubble", async () => {
    const { conversation } = await talks();
    // What retention does to words of that age.
    setting.world.gateway.tamper(`
      UPDATE event SET content = '{}', raw = '', sender_name = NULL, content_deleted = 1,
        received_at = received_at - ${8 * DAY_MS}, sent_at = sent_at - ${8 * DAY_MS};
      UPDATE delivery SET messages = '[]', content_deleted = 1, created_at = created_at - ${8 * DAY_MS};
      UPDATE turn SET content_deleted = 1;`);
    const page = await (await setting.visit()).open(`/c/${conversation}`);
    const deleted = page.getByText("The words were deleted by retention, or forgotten: they would be 8 days");
    await expect.poll(() => deleted.count()).toBe(2);
    const bubbles = await page.locator("[data-side]").allTextContents();
    expect(bubbles).toEqual(bubbles.map(() => expect.stringContaining("The words were deleted")));
  });

  test("of a conversation that is gone as a whole are told to be gone", async () => {
    const { open } = await setting.visit({ expected: [404] });
    for (const path of ["/c/conv_00000000000000000000000000", "/t/turn_00000000000000000000000000"]) {
      const page = await open(path);
      await page.getByText("It was deleted by retention or forgotten, or was never here.").waitFor();
    }
  });
});
