/**
 * Goal: on the simulator's page everybody can write as a person, break the platform, the agent or the gateway by a click, and
 * see what comes of it; and the page outlives the gateway. Method: the shipped demo, and its page in Chromium.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useBrowser, useConsole, type VisitOptions } from "./support/browser.ts";
import { useDemo } from "./support/demo.ts";
import { inPage, seriousIn } from "./support/in-page.ts";
import { pressAt, tabTo } from "./support/keyboard.ts";
import { AXE_LANGUAGES, LOOKS, NARROW, OTHER_LANGUAGES, WIDE } from "./support/looks.ts";

const MESSENGER = { channel: "messenger", title: "Messenger" };
const PLATFORMS = [{ channel: "line", title: "LINE" }, MESSENGER, { channel: "whatsapp", title: "WhatsApp" }];

const phone = (page: Page, channel: string) => page.locator(`[data-phone=${channel}]`);
const bubbles = (page: Page, channel: string, from: "person" | "bot") =>
  phone(page, channel).locator(`li[data-from=${from}]`);
const story = (page: Page) => page.getByRole("region", { name: "What the gateway did" });

async function says(page: Page, channel: string, text: string): Promise<void> {
  const field = phone(page, channel).getByRole("textbox", { name: "Message" });
  await field.fill(text);
  await field.press("Enter");
}

async function isAnswered(page: Page, channel: string, text: string): Promise<void> {
  await bubbles(page, channel, "bot")
    .filter({ hasText: `You said: ${text}` })
    .waitFor();
}

describe.skipIf(hasNoBrowser)(named("the simulator's page"), () => {
  const demo = useDemo();
  const { visit } = useBrowser(() => demo.adminUrl);
  const open = async (path = "/simulator", options: VisitOptions = {}) => {
    const page = await (await visit({ isSignedIn: false, ...options })).open(path);
    await page.locator("[data-phone]").first().waitFor();
    return page;
  };

  test("is where the start page leads, has a phone for each platform, and what is said there is answered", async () => {
    const page = await open("/");
    expect(new URL(page.url()).pathname).toBe("/simulator");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Simulator" }).waitFor();
    expect(await page.locator("[data-phone] h2").allTextContents()).toEqual(
      PLATFORMS.map(({ title }) => expect.stringContaining(title)),
    );
    for (const { channel, title } of PLATFORMS) {
      await says(page, channel, `hello, ${title}`);
      await isAnswered(page, channel, `hello, ${title}`);
      await story(page).getByRole("link", { name: "Open the turn" }).waitFor();
      await story(page).getByRole("list", { name: "What happened, in order" }).getByRole("button").first().waitFor();
    }
  });

  test("offers the first message where nothing was said, in a group as one of its members", async () => {
    const page = await open();
    const line = phone(page, "line");
    await line.getByRole("button", { name: "Group" }).click();
    await line.getByRole("combobox", { name: "Write as" }).selectOption({ index: 1 });
    await line.getByRole("button", { name: "Send the first message" }).click();
    await isAnswered(page, "line", "Hello! Is anybody there?");
    await line.getByRole("combobox", { name: "Write as" }).selectOption({ index: 2 });
    expect(await bubbles(page, "line", "person").first().getAttribute("class")).toContain("self-start");
    await page.reload();
    await line.getByRole("button", { name: "Group", pressed: true }).waitFor();
    await isAnswered(page, "line", "Hello! Is anybody there?");
  });

  // Each platform's scenarios are run in scenarios.test.ts.
  test("runs a scenario by a click, and says that it came as expected", async () => {
    const { channel, title } = MESSENGER;
    const page = await open();
    await page.getByRole("combobox", { name: "Platform" }).selectOption({ label: title });
    const button = page.getByRole("button", { name: "Two lines, one turn" });
    await button.click();
    await page.getByText(`Running on ${title}: Two lines, one turn`).waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    await phone(page, channel).getByRole("button", { name: "Scenario", pressed: true }).waitFor();
    const run = page.getByRole("region", { name: "Scenario: Two lines, one turn" });
    await run.locator("[data-outcome=asExpected]").waitFor();
    await expect.poll(() => bubbles(page, channel, "person").count()).toBe(2);
    expect(await bubbles(page, channel, "bot").count()).toBe(1);
    expect(await run.getByText("The person writes a line").count()).toBe(1);
    await run.getByRole("link", { name: "Open the turn" }).waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("false");
    await page.reload();
    await page.locator("[data-outcome=asExpected]").waitFor();
    await phone(page, channel).getByRole("button", { name: "Scenario", pressed: true }).waitFor();
  });

  test("stays when the gateway is killed; what is said meanwhile waits, and is answered after the restart", async () => {
    const page = await open("/simulator?phone=line", { expected: [503, "cut"] });
    await inPage(page, "window.isTheSamePage = true");
    await page.getByRole("button", { name: "Kill the gateway" }).click();
    await page.getByText("The gateway is down.").waitFor();
    await page.getByText(/starts again in/).waitFor();
    await says(page, "line", "while it is down");
    await phone(page, "line").locator("li[data-mark=lost]").waitFor();
    await page.locator("[data-gateway=up]").waitFor();
    await page.getByText("The gateway is down.").waitFor({ state: "detached" });
    await isAnswered(page, "line", "while it is down");
    await page.getByText(/^killed (once|\d+ times)$/).waitFor();
    await story(page).getByRole("link", { name: "Open the turn" }).waitFor();
    expect(await inPage(page, "window.isTheSamePage")).toBe(true);
  });

  test("goes by the keyboard alone: a gateway that is killed between the ack and the answer still gives it, once", async () => {
    const page = await open("/simulator?phone=line", { expected: [503, "cut"] });
    await inPage(page, "window.isTheSamePage = true");
    await demo.order("agent", { mode: "delay", delayMs: 10_000 });
    await tabTo(page, phone(page, "line").getByRole("textbox", { name: "Message" }));
    await page.keyboard.type("killed in between");
    await page.keyboard.press("Enter");
    await phone(page, "line")
      .locator("li[data-mark=sent], li[data-mark=read]", { hasText: "killed in between" })
      .waitFor();
    await tabTo(page, page.getByRole("button", { name: "Kill the gateway" }), "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByText("The gateway is down.").waitFor();
    await demo.order("agent", { mode: "echo" });
    await page.locator("[data-gateway=up]").waitFor();
    await isAnswered(page, "line", "killed in between");
    await page.locator("[data-feed=live]").waitFor();
    await pressAt(page, page.getByRole("button", { name: "Two lines, one turn" }));
    await page.locator("[data-outcome=underWay]").waitFor();
    await page.locator("[data-outcome=asExpected]").waitFor();
    await phone(page, "line").getByRole("group", { name: "Who is played" }).getByRole("button").first().click();
    await isAnswered(page, "line", "killed in between");
    expect(await bubbles(page, "line", "bot").filter({ hasText: "killed in between" }).count()).toBe(1);
    expect(await inPage(page, "window.isTheSamePage")).toBe(true);
  });

  test("is found and opened while the gateway is down, and starts it", async () => {
    const page = await open("/simulator?phone=messenger", { expected: [503, "cut"] });
    await demo.order("gateway", { do: "kill", restartAfterMs: null });
    await page.locator("[data-gateway=down]").waitFor();
    // As somebody who opens the address that the demo printed.
    await page.goto("/");
    await page.getByText("The gateway is down.").waitFor();
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Simulator" }).waitFor();
    await page.goto("/simulator?phone=messenger");
    await says(page, "messenger", "is this kept?");
    await phone(page, "messenger").locator("li[data-mark=lost]").waitFor();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.locator("[data-gateway=up]").waitFor();
    await says(page, "messenger", "and this?");
    await bubbles(page, "messenger", "bot").filter({ hasText: "and this?" }).waitFor();
  });

  test("freezes the gateway by its button, which goes on by itself", async () => {
    const page = await open("/simulator", { expected: [503] });
    await page.getByRole("button", { name: /^Freeze for/ }).click();
    await page.locator("[data-gateway=frozen]").waitFor();
    await page.locator("[data-gateway=up]").waitFor();
  });

  test("goes on while the gateway is frozen: a message appears at once, and is answered afterwards", async () => {
    const page = await open("/simulator?phone=whatsapp", { expected: [503] });
    await demo.order("gateway", { do: "freeze", forMs: 60_000 });
    await page.locator("[data-gateway=frozen]").waitFor();
    for (const text of ["one", "two", "three"]) await says(page, "whatsapp", `frozen ${text}`);
    await bubbles(page, "whatsapp", "person").filter({ hasText: "frozen three" }).waitFor();
    expect(await page.locator("[data-gateway]").getAttribute("data-gateway")).toBe("frozen");
    await demo.order("gateway", { do: "start" });
    await page.locator("[data-gateway=up]").waitFor();
    await bubbles(page, "whatsapp", "bot").filter({ hasText: "frozen three" }).waitFor();
  });

  test("lists the faults that are armed, and clears them", async () => {
    const page = await open();
    await demo.order("line/faults", { route: "reply", at: "after-accept", how: 500, times: 2 });
    const faults = page.getByRole("region", { name: "Armed faults" });
    await faults.getByText("reply after-accept 500").waitFor();
    await faults.getByText("for 2 calls").waitFor();
    await faults.getByRole("button", { name: "Clear the faults of LINE" }).click();
    await faults.waitFor({ state: "detached" });
  });

  test("draws buttons that can be tapped, and shows a picture's address without loading it", async () => {
    const page = await open("/simulator?phone=line");
    await says(page, "line", "send me something");
    await isAnswered(page, "line", "send me something");
    await push(demo.platformUrl("LINE"), await personOf(page), [
      {
        type: "image",
        originalContentUrl: "https://pictures.invalid/a.png",
        previewImageUrl: "https://pictures.invalid/a.png",
      },
      {
        type: "template",
        altText: "Sure?",
        template: {
          type: "confirm",
          text: "Sure?",
          actions: [
            { type: "postback", label: "Yes", data: "answer=yes" },
            { type: "uri", label: "Map", uri: "https://map.invalid/" },
          ],
        },
      },
    ]);
    await phone(page, "line").getByText("https://pictures.invalid/a.png").waitFor();
    await phone(page, "line").getByText("https://map.invalid/").waitFor();
    await phone(page, "line").getByRole("button", { name: "Yes" }).click();
    const posted = async () => await (await page.request.get("/api/simulator/line/webhooks")).text();
    await expect.poll(posted).toContain("answer=yes");
  });

  test.each(PLATFORMS)("sends a sticker and an image on $title, as placeholders", async ({ channel }) => {
    const page = await open(`/simulator?phone=${channel}`);
    await phone(page, channel).getByRole("button", { name: "Send a sticker" }).click();
    await bubbles(page, channel, "person")
      .filter({ hasText: /Sticker [\d/]+/ })
      .waitFor();
    await phone(page, channel).getByRole("button", { name: "Send an image" }).click();
    await bubbles(page, channel, "person").filter({ hasText: "Image" }).waitFor();
    expect(await phone(page, channel).getByRole("alert").count()).toBe(0);
    expect(await phone(page, channel).locator("img").count()).toBe(0);
  });

  test("marks the bubble that is tapped, and tells its turn until the newest is asked for", async () => {
    const page = await open("/simulator?phone=messenger");
    await says(page, "messenger", "the first of two");
    await isAnswered(page, "messenger", "the first of two");
    const turn = story(page).getByRole("link", { name: "Open the turn" });
    await expect
      .poll(() => bubbles(page, "messenger", "person").last().getAttribute("class"))
      .toContain("border-dashed");
    const first = await turn.getAttribute("href");
    await says(page, "messenger", "the second");
    await isAnswered(page, "messenger", "the second");
    await expect.poll(() => turn.getAttribute("href")).not.toBe(first);
    await bubbles(page, "messenger", "person").filter({ hasText: "the first of two" }).getByRole("button").click();
    await expect.poll(() => turn.getAttribute("href")).toBe(first);
    await page.reload();
    await expect.poll(() => turn.getAttribute("href")).toBe(first);
    await story(page).getByRole("button", { name: "Show the newest turn" }).click();
    await expect.poll(() => turn.getAttribute("href")).not.toBe(first);
  });

  test("makes the agent slow, and resets everything", async () => {
    const page = await open();
    const agent = page.getByRole("combobox", { name: "Agent" });
    await agent.selectOption({ label: "answers late" });
    await page.getByRole("combobox", { name: "After" }).selectOption({ label: "10 sec" });
    await page.getByRole("button", { name: "Reset everything" }).click();
    await page.getByText("Faults, settings, agent and gateway are as at the start.").waitFor();
    expect(await agent.inputValue()).toBe("echo");
  });

  test("says of a run that isn't kept that it is gone", async () => {
    const page = await open("/simulator?run=run_nothing", { expected: [404] });
    await page.getByText("Only the newest 20 runs are kept").waitFor();
  });

  test("without words shows nothing of what was said", async () => {
    const page = await open("/simulator", { preferences: { words: false } });
    await phone(page, "line").getByText("Words are switched off.").first().waitFor();
    expect(await page.locator("main").textContent()).not.toContain("You said");
  });

  test.each(AXE_LANGUAGES)("has nothing serious for axe in %s, and fits", async (language) => {
    const page = await open("/simulator?phone=line", { viewport: WIDE, preferences: { language } });
    await bubbles(page, "line", "bot").first().waitFor();
    await page.locator("main a[href^='/t/']").first().waitFor();
    expect(await inPage(page, "document.querySelectorAll('h1').length")).toBe(1);
    for (const { viewport, themes } of LOOKS) {
      await page.setViewportSize(viewport);
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousIn(page), `${viewport.width} px, ${colorScheme}`).toEqual([]);
      }
      expect(await inPage(page, "document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
  });

  test("on a phone shows one of the phones, and the others by their tabs", async () => {
    const page = await open("/simulator", { viewport: NARROW });
    const tabs = page.getByRole("group", { name: "Phones" });
    for (const { channel, title } of PLATFORMS) {
      await tabs.getByRole("button", { name: title }).click();
      await phone(page, channel).waitFor();
      const others = PLATFORMS.filter((one) => one.channel !== channel);
      for (const other of others) expect(await phone(page, other.channel).isVisible()).toBe(false);
    }
  });

  test.each(OTHER_LANGUAGES)("in %s has no English but the scenario's own words", async (language) => {
    const page = await open("/simulator", { preferences: { language }, viewport: NARROW });
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    const button = page.locator("[data-scenario=two-lines]");
    expect(await button.textContent()).not.toMatch(/[A-Za-z]{3}/);
    expect(await inPage(page, "document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  });
});

/** Whoever is shown on LINE's phone. */
async function personOf(page: Page): Promise<string> {
  const answer = await page.request.get("/api/simulator");
  const { platforms } = (await answer.json()) as {
    platforms: readonly { channel: string; people: readonly { peerId: string }[] }[];
  };
  return platforms.find(({ channel }) => channel === "line")?.people[0]?.peerId ?? "";
}

/** A message that the bot sends by itself, past the gateway. */
async function push(url: string, to: string, messages: readonly object[]): Promise<void> {
  const answer = await fetch(`${url}/v2/bot/message/push`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer access-token" },
    body: JSON.stringify({ to, messages }),
  });
  expect(answer.status).toBe(200);
}

describe.skipIf(hasNoBrowser)(named("a gateway whose platforms are real"), () => {
  const setting = useConsole();

  test("has no simulator's page, no entry and no key for it, and begins with the overview", async () => {
    const { open } = await setting.visit();
    const page = await open("/simulator");
    await page.getByRole("heading", { level: 1, name: "There is no such page" }).waitFor();
    const pages = page.getByRole("navigation", { name: "Pages" });
    await pages.getByRole("link", { name: "Overview" }).waitFor();
    expect(await pages.getByRole("link", { name: "Simulator" }).count()).toBe(0);
    await page.goto("/");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(await page.getByRole("dialog").getByText("Go to: Simulator").count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe("/overview");
  });
});
