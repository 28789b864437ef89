/**
 * Goal: conversations are found, read while they go on, and taken over; nothing that anybody says does more than be read.
 * Method: people write and are answered; the pages in Chromium, beside what the gateway stores and is asked.
 */
import type { Page, Route } from "playwright-core";
import { describe, expect, test } from "vitest";
import { answers } from "../e2e/support/agent.ts";
import type { Somebody } from "../e2e/support/world.ts";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { inPage } from "./support/in-page.ts";

const CONTROL = "\u202Egnp.exe";
const HOSTILE = [
  `<img src=x onerror="document.title='run'">`,
  CONTROL,
  "مرحبا بالعالم",
  "javascript:alert(1)",
  "👩‍👩‍👧‍👦 👍🏽",
  "W".repeat(10_000),
] as const;

const addressOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;
const sideways = (page: Page) => inPage<number>(page, "document.documentElement.scrollWidth - innerWidth");

describe.skipIf(hasNoBrowser)(named("the conversations"), () => {
  const setting = useConsole();

  /** Somebody who has said it and has the answer, and the id of the conversation. */
  async function talks(text: string): Promise<{ readonly person: Somebody; readonly id: string }> {
    const person = setting.world.somebody();
    await person.says(text);
    await person.hasSeen(1);
    const { world } = setting;
    const id = world.gateway.value("SELECT conversation_id FROM conversation WHERE peer_id = ?", person.id);
    return { person, id: String(id) };
  }

  test("are listed by name and filters, which are in the address, and open beside the list", async () => {
    const { person, id } = await talks("find me");
    await talks("not me");
    const { open } = await setting.visit();
    const page = await open("/conversations");
    const rows = page.locator("main ol li a[href^='/c/']");
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByLabel("Name or id").fill(person.id);
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByLabel("Kind").selectOption("user");
    await rows.first().click();
    await page.getByRole("heading", { level: 1, name: person.id }).waitFor();
    expect(addressOf(page)).toBe(`/c/${id}?kind=user&q=${person.id}`);
    expect(await rows.count()).toBe(1);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: person.id }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Conversations" }).waitFor();
    expect(addressOf(page)).toBe(`/conversations?kind=user&q=${person.id}`);
    await page.getByLabel("Kind").selectOption("group");
    await page.getByText("No conversation matches all of these:").waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await rows.first().click();
    await page.getByRole("link", { name: "All conversations" }).waitFor();
    expect(await rows.first().isVisible()).toBe(false);
  });

  test("show what was said beside what was done, and go on by themselves while they are read", async () => {
    const { person, id } = await talks("first");
    const { open } = await setting.visit();
    const page = await open(`/c/${id}`);
    const said = (side: string) => page.locator(`[data-side=${side}] bdi.whitespace-pre-wrap`).allTextContents();
    await expect.poll(() => said("out")).toEqual(["re: first"]);
    await page.getByText("reply (free)").waitFor();
    await page.getByText("1 attempt", { exact: true }).waitFor();
    // LINE tells of none.
    expect(await page.getByText(/^Receipt/).count()).toBe(0);
    const asked: number[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/timeline")) asked.push(performance.now());
    });
    for (const [index, word] of ["second", "third", "fourth"].entries()) {
      await person.says(word);
      await person.hasSeen(index + 2);
    }
    await expect.poll(() => said("in")).toEqual(["first", "second", "third", "fourth"]);
    await expect.poll(() => said("out")).toEqual(["re: first", "re: second", "re: third", "re: fourth"]);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    // By the clock of the test, which hears of a request a little later than it was made; the poll comes between.
    expect(gaps.filter((gap) => gap < 900).length).toBeLessThanOrEqual(1);
  });

  test("a conversation is paused and resumed after a question, and the transcript says who did it", async () => {
    const { id } = await talks("a person, please");
    const { open } = await setting.visit();
    const page = await open(`/c/${id}`);
    const pausedUntil = () =>
      setting.world.gateway.value("SELECT paused_until FROM conversation WHERE conversation_id = ?", id);
    await page.getByRole("button", { name: "Pause the bot" }).click();
    const dialog = page.getByRole("dialog");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(pausedUntil()).toBeNull();
    await page.getByRole("button", { name: "Pause the bot" }).click();
    const sent = Promise.withResolvers<Route>();
    await page.route("**/pause", (route) => sent.resolve(route));
    await dialog.getByRole("button", { name: "Pause the bot" }).click();
    const onItsWay = await sent.promise;
    // Nothing can be taken back any more.
    await expect.poll(() => dialog.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
    await onItsWay.continue();
    await page.getByText(/paused until/).waitFor();
    expect(Number(pausedUntil())).toBeGreaterThan(0);
    const marked = page.locator(`[data-row="${id}"]`).getByText("bot paused");
    await marked.waitFor();
    await page.getByText("Bot paused by").waitFor();
    await page.getByRole("button", { name: "Resume the bot" }).click();
    await dialog.getByRole("button", { name: "Resume the bot" }).click();
    await page.getByText("Bot resumed by").waitFor();
    await page.getByText(/paused until/).waitFor({ state: "detached" });
    await marked.waitFor({ state: "detached" });
  });

  test("hostile texts and names are shown as they are, run nothing and break nothing", async () => {
    const { world, visit } = setting;
    const person = world.somebody();
    person.isAnsweredBy(() => answers(...HOSTILE.slice(0, -1)));
    for (const [index, text] of HOSTILE.entries()) {
      await person.says(text);
      await person.hasTurns(index + 1);
    }
    await person.settled();
    const id = world.gateway.value("SELECT conversation_id FROM conversation WHERE peer_id = ?", person.id);
    const { open, context } = await visit({ viewport: { width: 390, height: 844 } });
    const name = `${CONTROL}<img src=x onerror=1>${"n".repeat(300)}`;
    await context.route("**/api/conversations**", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replaceAll('"name":null', `"name":${JSON.stringify(name)}`);
      await route.fulfill({ response: answer, body });
    });
    const page = await open(`/c/${String(id)}`);
    const whole = page.getByRole("button", { name: "Show all: 10,000 characters" });
    await whole.waitFor();
    for (const text of HOSTILE.slice(0, -1))
      expect(await page.locator("bdi[dir=auto]").allTextContents()).toContain(text);
    expect(await page.title()).toContain("⟦U+202E⟧gnp.exe");
    expect(await page.locator("main img, main a[href^=javascript]").count()).toBe(0);
    expect(await page.locator("[data-side=in] bdi.whitespace-pre-wrap").last().textContent()).toHaveLength(600);
    await whole.click();
    expect(await page.locator("[data-side=in] bdi.whitespace-pre-wrap").last().textContent()).toHaveLength(10_000);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await page.getByLabel("View").selectOption("raw");
    await page.locator("mark", { hasText: "⟦U+202E⟧" }).first().waitFor();
    expect(addressOf(page)).toBe(`/c/${String(id)}?view=raw`);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1024, height: 800 });
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    expect(await page.title()).not.toBe("run");
  });
});
