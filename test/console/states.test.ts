/**
 * Goal: every view says what it is in while there is nothing to show: it loads, it is empty, it can't be had now, it is old, it is
 * gone; and then it is still usable on a phone. Method: answers of the gateway that are late or away, in Chromium, 390 px wide.
 */
import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { World } from "../e2e/support/world.ts";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";
import { NARROW } from "./support/looks.ts";
import { picture } from "./support/picture.ts";

interface View {
  readonly path: (ids: Ids) => string;
  /** What is there when its answer is. */
  readonly ready: string;
  /** Nobody asks for it anew while it is read. */
  readonly isRead?: boolean;
}

interface Ids {
  readonly conversation: string;
  readonly turn: string;
}

const VIEWS: readonly View[] = [
  { path: () => "/overview", ready: "figure svg[role=img]" },
  { path: () => "/conversations", ready: "main li[data-row]" },
  { path: ({ conversation }) => `/c/${conversation}`, ready: "[data-side=out]" },
  { path: ({ turn }) => `/t/${turn}`, ready: "main ol button" },
  { path: () => "/needs-you?state=leased", ready: "main li[data-row]", isRead: true },
  { path: () => "/needs-you?state=leased&group=reason", ready: "main li[data-row]" },
  { path: () => "/accounts", ready: "main h1 ~ ul" },
  { path: () => "/audit", ready: "main h1 ~ .panel p" },
  { path: () => "/search?q=nothing", ready: "main h1 ~ p + p" },
];

const EMPTY: Readonly<Record<string, string>> = {
  "/overview": "Nothing waits.",
  "/conversations": "Nobody has written yet.",
  "/needs-you": "Nothing is in these states: dead, unknown.",
  "/needs-you?group=reason": "Nothing is in these states: dead, unknown.",
  "/audit": "No operator has done anything, or retention has deleted it.",
  "/search?q=nothing": "Nothing of that id was found.",
  "/log?level=error": "No line of the level “Errors” is kept.",
};

async function expectFits(page: Page, state: string): Promise<void> {
  const { pathname: where, search } = new URL(page.url());
  await picture(page, `${state} ${where.replace(/_.*/, "")}${search}`);
  expect(await page.getByRole("heading", { level: 1 }).count(), where).toBe(1);
  expect(await inPage(page, "document.documentElement.scrollWidth - innerWidth"), where).toBeLessThanOrEqual(0);
}

/** On a phone one of the two panes is out of sight. */
const seen = (page: Page, text: string | RegExp) => page.getByText(text).filter({ visible: true }).first();

/** The gateway as a browser has it: first its answers wait, then they are refused or come. Its stream is let alone. */
async function answersOf(context: BrowserContext) {
  const waiting = Promise.withResolvers<void>();
  let isAway = false;
  await context.route(/\/api\/(?!me\b|event-feed\b)/, async (route) => {
    await waiting.promise;
    if (!isAway) return await route.continue();
    const json = { detail: "the store is unavailable" };
    return await route.fulfill({ status: 503, headers: { "retry-after": "1" }, json });
  });
  return {
    areAway() {
      isAway = true;
      waiting.resolve();
    },
    come() {
      isAway = false;
      waiting.resolve();
    },
  };
}

/** Somebody who has an answer, and somebody whose turn the agent keeps. */
async function peopleOf(world: World): Promise<Ids> {
  const [ann, ben] = [world.somebody(), world.somebody()];
  ben.isAnsweredBy(() => ({ status: 202 }));
  await ben.says("later, please");
  await ben.hasTurns(1);
  await ann.says("hello");
  await ann.hasSeen(1);
  await ann.settled();
  const [row] = world.gateway.rows<{ conversation: string; turn: string }>(
    "SELECT conversation_id AS conversation, turn_id AS turn FROM turn JOIN conversation USING (conversation_id) WHERE peer_id = ?",
    ann.id,
  );
  return row ?? { conversation: "", turn: "" };
}

describe.skipIf(hasNoBrowser)(named("a view on a phone"), () => {
  const setting = useConsole();

  test("that is empty says why", async () => {
    const { open } = await setting.visit({ viewport: NARROW });
    for (const [path, words] of Object.entries(EMPTY)) {
      const page = await open(path);
      await page.getByText(words).first().waitFor();
      await expectFits(page, "empty");
      await page.close();
    }
  });

  test("loads, says that it can't be had and tries again by itself, and says how old it is", async () => {
    const ids = await peopleOf(setting.world);
    const { context, open } = await setting.visit({ viewport: NARROW, expected: [503] });
    const answers = await answersOf(context);
    const views: (View & { readonly page: Page })[] = [];
    for (const view of VIEWS) views.push({ ...view, page: await open(view.path(ids)) });
    for (const { page } of views) {
      await page.getByText("Loading").first().waitFor({ state: "attached" });
      await expectFits(page, "loading");
    }
    answers.areAway();
    for (const { page } of views) {
      await seen(page, "It is tried again by itself.").waitFor();
      await seen(page, "the store is unavailable").waitFor();
      await page.getByRole("button", { name: "Try again" }).first().waitFor();
      // Once for each pane, however much the page asks for.
      expect(await page.getByRole("button", { name: "Try again" }).count(), page.url()).toBeLessThanOrEqual(2);
      await expectFits(page, "unavailable");
    }
    answers.come();
    for (const { page, ready } of views) await page.locator(ready).filter({ visible: true }).first().waitFor();
    answers.areAway();
    for (const { page, ready } of views.filter(({ isRead }) => isRead !== true)) {
      // Somebody comes back to the tab. What was read this second isn't old yet.
      const comesBack = () => inPage(page, "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
      const stale = seen(page, /Last update .* ago\./);
      const isStale = async () => {
        await comesBack();
        return await stale.isVisible();
      };
      await expect.poll(isStale, { message: page.url() }).toBe(true);
      expect(await page.locator(ready).filter({ visible: true }).count(), page.url()).toBeGreaterThan(0);
      await expectFits(page, "stale");
    }
    await context.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("that is gone says so, and offers nothing that can't help", async () => {
    const { open } = await setting.visit({ viewport: NARROW, expected: [404] });
    for (const path of ["/c/conv_nobody", "/t/turn_nobody", "/d/dlv_nobody"]) {
      const page = await open(path);
      await page.getByText("It was deleted by retention or forgotten, or was never here.").waitFor();
      expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
      await expectFits(page, "gone");
    }
  });

  test("shows the whole number of what waits at its foot, and a name no wider than its place", async () => {
    await deadTurns(setting.world, 10);
    const { open } = await setting.visit({ viewport: NARROW });
    const page = await open("/conversations");
    const foot = page.getByRole("navigation", { name: "Pages" });
    await foot.getByText(/^\d\d$/).waitFor();
    const isInFront = `(() => {
      const badge = document.querySelector("nav a[href='/needs-you'] > span:last-child");
      const { right, top, height } = badge.getBoundingClientRect();
      return document.elementFromPoint(right - 4, top + height / 2) === badge;
    })()`;
    expect(await inPage(page, isInFront)).toBe(true);
    const place = await foot.locator("a[aria-current]").boundingBox();
    const name = await foot.getByText("Conversations", { exact: true }).boundingBox();
    expect(name?.width).toBeLessThanOrEqual(place?.width ?? 0);
  });

  test("keeps its title whole, however long its list is", async () => {
    await deadTurns(setting.world, 3);
    const { open } = await setting.visit({ viewport: NARROW });
    const page = await open("/conversations");
    await page.locator("main li[data-row]").nth(12).waitFor();
    const hidden = `(() => {
      const { scrollHeight, clientHeight } = document.querySelector("h1");
      return scrollHeight - clientHeight;
    })()`;
    expect(await inPage(page, hidden)).toBe(0);
  });

  test("of the log says that the live stream is lost, and keeps what was heard", async () => {
    const { open } = await setting.visit({ viewport: NARROW, expected: ["down"] });
    const page = await open("/log");
    await page.locator("[role=log] li").first().waitFor();
    await setting.world.gateway.term();
    await page.getByText("The live stream is lost and is tried again by itself.").waitFor();
    expect(await page.locator("[role=log] li").count()).toBeGreaterThan(0);
    await expectFits(page, "lost");
  });
});
