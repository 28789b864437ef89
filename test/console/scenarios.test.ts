/**
 * Goal: every scenario of the trouble panel runs by one click, and twice in a row with the same result: as expected.
 * Method: the shipped demo and its page in Chromium, one for each platform side by side, because a demo runs one scenario at a
 * time. All of them take minutes, so that by default a quick one of each runs.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { messages } from "../../console/src/texts/catalogues/en.ts";
import { DEMO_SCENARIOS } from "../../src/commands/demo/scenarios.ts";
import { SCENARIOS } from "../../src/simulator/scenario-list.ts";
import { hasNoBrowser, named, useBrowser } from "./support/browser.ts";
import { useDemo } from "./support/demo.ts";

const IS_WHOLE = process.env.TURNPIKE_TEST_SCENARIOS === "all";

const PLATFORMS = [
  { channel: "line", quick: ["reply-accepted-500"] },
  { channel: "messenger", quick: ["cut-echo-comes"] },
  { channel: "whatsapp", quick: ["statuses-twice"] },
];

/** For what hangs: a run ends by itself, and the longest may wait two minutes for what must be seen. */
const HANGS_AFTER_MS = 600_000;

interface Offered {
  readonly id: string;
  readonly title: string;
}

/** What the panel has for that platform, in its order. */
function offeredOn(channel: string): readonly Offered[] {
  const titles: Readonly<Record<string, string>> = messages;
  const own = SCENARIOS.filter((one) => one.channel === channel);
  return [...own, ...DEMO_SCENARIOS].map(({ id, titleKey }) => ({ id, title: titles[titleKey] ?? id }));
}

/** By one click: what came of it, and all that the page tells of that run. */
async function run(page: Page, { id, title }: Offered): Promise<{ outcome: string | null; told: string }> {
  const shown = page.getByRole("region", { name: `Scenario: ${title}`, exact: true });
  // Until it is under way, the run before is shown, with its own outcome.
  await Promise.all([
    shown.locator("[data-outcome=underWay]").waitFor(),
    page.locator(`[data-scenario=${id}]`).click(),
  ]);
  const outcome = shown.locator("[data-outcome]:not([data-outcome=underWay])");
  await outcome.waitFor({ timeout: HANGS_AFTER_MS });
  return { outcome: await outcome.getAttribute("data-outcome"), told: await shown.innerText() };
}

describe.skipIf(hasNoBrowser)(named("the scenarios of the trouble panel"), () => {
  describe.concurrent.each(PLATFORMS)("on $channel", ({ channel, quick }) => {
    const demo = useDemo();
    const { visit } = useBrowser(() => demo.adminUrl);
    // Some kill or stop the gateway: its page's requests are answered 503 meanwhile, and its stream is cut.
    const open = async () =>
      (await visit({ isSignedIn: false, expected: [503, "cut"] })).open(`/simulator?phone=${channel}`);
    const offered = offeredOn(channel);

    test("are those that there are", { concurrent: false }, async () => {
      const page = await open();
      const buttons = page.locator("[data-scenario]");
      await buttons.first().waitFor();
      const ids = await Promise.all((await buttons.all()).map((button) => button.getAttribute("data-scenario")));
      expect(ids).toEqual(offered.map(({ id }) => id));
      expect(ids).toEqual(expect.arrayContaining(quick));
    });

    test.for(offered.filter(({ id }) => IS_WHOLE || quick.includes(id)))(
      "$id: twice in a row as expected",
      { concurrent: false, timeout: HANGS_AFTER_MS },
      async (scenario) => {
        const page = await open();
        for (const time of ["first", "second"]) {
          const { outcome, told } = await run(page, scenario);
          expect(outcome, `the ${time} time:\n${told}`).toBe("asExpected");
        }
      },
    );
  });
});
