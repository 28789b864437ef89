/**
 * Goal: every page runs under the shipped policy, is usable by everybody, and fits a phone.
 * Method: each page in Chromium, in three languages, light and dark, wide and narrow, looked at by axe; the keyboard.
 */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { World } from "../e2e/support/world.ts";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage, seriousIn } from "./support/in-page.ts";
import { AXE_LANGUAGES, IS_WHOLE, LOOKS, NARROW, OTHER_LANGUAGES, WIDE } from "./support/looks.ts";

interface View {
  readonly name: string;
  readonly path: string;
  /** The rest of the path, where it is of something that has to be there. */
  readonly idIn?: (world: World) => Promise<string>;
  readonly isSignedIn?: boolean;
  /** A dialog is over the page, and Tab stays in it. */
  readonly isDialog?: boolean;
  /** What is there when the page is ready. */
  ready(page: Page): Promise<unknown>;
}

/** The id of a turn that has been answered. */
async function answeredTurn(world: World): Promise<string> {
  const somebody = world.somebody();
  await somebody.says("hello");
  await somebody.hasSeen(1);
  return (await somebody.hasTurns(1))[0]?.turn.turnId ?? "";
}

const seen = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();

const VIEWS: readonly View[] = [
  { name: "the overview", path: "/overview", ready: seen("figure svg[role=img]") },
  { name: "what needs a person", path: "/needs-you", ready: seen("main fieldset") },
  {
    name: "the question before many are acted on",
    path: "/needs-you",
    isDialog: true,
    idIn: async (world) => {
      await deadTurns(world, 2);
      return "";
    },
    ready: async (page) => {
      await page.locator("main li[data-row] input").first().check();
      await page.locator("main section button").first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "the accounts", path: "/accounts", ready: seen("main h1 ~ ul, main h1 ~ p") },
  { name: "the audit log", path: "/audit", ready: seen("main h1 ~ .panel") },
  { name: "a search", path: "/search?q=nothing", ready: seen("main h1 ~ section") },
  { name: "the live log", path: "/log", ready: seen("[role=log] li") },
  {
    name: "a turn",
    path: "/t/",
    idIn: answeredTurn,
    ready: async (page) => {
      await seen("ol button")(page);
      await page.locator("ol button").last().click();
      await seen("main section dl")(page);
    },
  },
  {
    name: "a turn as a table",
    path: "/t/",
    idIn: async (world) => `${await answeredTurn(world)}?view=table`,
    ready: seen("main table"),
  },
  {
    name: "a turn as the gateway tells it",
    path: "/t/",
    idIn: async (world) => `${await answeredTurn(world)}?view=raw`,
    ready: seen("main pre"),
  },
  { name: "the conversations", path: "/conversations", ready: seen("main section p, main ol li") },
  {
    name: "a conversation",
    path: "/conversations",
    ready: async (page) => {
      await seen("main ol li a")(page);
      await page.locator("main ol li a").first().click();
      await seen("[data-side=out]")(page);
    },
  },
  { name: "the sign-in", path: "/sign-in", isSignedIn: false, ready: seen("input[type=password]") },
  { name: "an address without a page", path: "/audit/nothing", ready: seen("main h1") },
  {
    name: "the help",
    path: "/overview",
    isDialog: true,
    ready: async (page) => {
      await seen("figure svg[role=img]")(page);
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "the preferences",
    path: "/log",
    isDialog: true,
    ready: async (page) => {
      await seen("[role=log] li")(page);
      await page.locator("header button").nth(-2).click();
      await page.getByRole("dialog").waitFor();
    },
  },
];

async function expectNoSideways(page: Page, where: string): Promise<void> {
  expect(await inPage(page, "document.documentElement.scrollWidth - innerWidth"), where).toBeLessThanOrEqual(0);
}

describe.skipIf(hasNoBrowser)(named("every page"), () => {
  const setting = useConsole();

  beforeAll(async () => {
    const person = setting.world.somebody();
    await person.says("so that there is a conversation");
    await person.hasSeen(1);
  });

  test("the policy that is sent allows no trusted types", async () => {
    const answer = await fetch(`${setting.world.gateway.adminUrl}/overview`);
    expect(answer.headers.get("content-security-policy")).toContain("trusted-types 'none'");
  });

  test.each(OTHER_LANGUAGES)("in %s pages fit a phone, ask no other host and are refused nothing", async (language) => {
    const { open } = await setting.visit({ preferences: { language }, expected: [401], viewport: NARROW });
    // The two languages share the views, unless all is asked for.
    const isLooked = (_: View, at: number) =>
      IS_WHOLE || at % OTHER_LANGUAGES.length === OTHER_LANGUAGES.indexOf(language);
    for (const view of VIEWS.filter(({ isSignedIn }) => isSignedIn !== false).filter(isLooked)) {
      const page = await open(await pathOf(view, setting.world));
      await view.ready(page);
      expect(await page.locator("html").getAttribute("lang")).toBe(language);
      await expectNoSideways(page, view.name);
    }
  });

  describe.each(VIEWS)("$name", (view) => {
    const { isSignedIn = true, ready } = view;
    test.each(AXE_LANGUAGES)(
      "has in %s one heading of its first level, and nothing serious for axe",
      async (language) => {
        const { open } = await setting.visit({
          isSignedIn,
          preferences: { language },
          expected: [401],
          viewport: WIDE,
        });
        const page = await open(await pathOf(view, setting.world));
        await ready(page);
        expect(await inPage(page, "document.querySelectorAll('h1').length")).toBe(1);
        for (const { viewport, themes } of LOOKS) {
          await page.setViewportSize(viewport);
          for (const colorScheme of themes) {
            await page.emulateMedia({ colorScheme });
            expect(await seriousIn(page), `${viewport.width} px, ${colorScheme}`).toEqual([]);
          }
          await expectNoSideways(page, `${viewport.width} px`);
        }
      },
    );
  });

  test("the keyboard reaches everything that can be used", async () => {
    for (const view of VIEWS.filter(({ isDialog, name }) => isDialog !== true && (IS_WHOLE || WALKED.includes(name)))) {
      const { name, path, isSignedIn = true, ready } = view;
      const { open } = await setting.visit({ isSignedIn, expected: [401] });
      const page = await open(await pathOf(view, setting.world));
      await ready(page);
      if (path === "/log") await page.getByRole("button", { name: "Pause" }).click();
      await inPage(page, "document.activeElement.blur()");
      const usable = await inPage<number>(page, `(${countUsable})()`);
      const reached = new Set<string>();
      for (let presses = 0; presses < PRESSES_MAX && reached.size < usable; presses += 1) {
        await page.keyboard.press("Tab");
        reached.add(await inPage<string>(page, `(${nameFocused})()`));
        reached.delete("nothing");
      }
      expect(reached.size, name).toBe(usable);
      await page.close();
    }
  });

  test("the first Tab leads to the link that skips to the content", async () => {
    const { open } = await setting.visit();
    const page = await open("/overview");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => inPage(page, "document.activeElement.id")).toBe("main");
  });

  test("keys lead to the pages, and do nothing once they are switched off", async () => {
    const { open } = await setting.visit();
    const page = await open("/overview");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.getByRole("heading", { level: 1, name: "Live log" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.keyboard.press("?");
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe("/log");
  });
});

const pathOf = async ({ path, idIn }: View, world: World) => `${path}${(await idIn?.(world)) ?? ""}`;

/** By default; every view takes half a minute. */
const WALKED = ["the overview", "what needs a person", "the live log", "a turn"];
const PRESSES_MAX = 200;
/** But for rows that the arrows walk, and the log's lines: those that are out of sight aren't in the page. */
const USABLE = ["a[href]", "button:not(:disabled)", "select", "input", "summary", "[tabindex='0']"]
  .map((selector) => `${selector}:not([role=log] li *, [tabindex='-1'])`)
  .join(", ");

const countUsable = `() => [...document.querySelectorAll(${JSON.stringify(USABLE)})]
  .filter((element) => element.checkVisibility({ visibilityProperty: true })).length`;

/** A number of its own for each element. */
const nameFocused = `() => {
  const all = [...document.querySelectorAll(${JSON.stringify(USABLE)})];
  const at = all.indexOf(document.activeElement);
  return at === -1 ? "nothing" : String(at);
}`;
