/**
 * Goal: the numbers of the overview are those of the database and of the gateway's own count.
 * Method: messages come in, are answered, and one stays with the agent; the page beside the database and the API.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { answersLater } from "../e2e/support/agent.ts";
import { until } from "../e2e/support/eventually.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";

const tile = (page: Page, name: string) =>
  page.locator("dl", { has: page.locator("dt", { hasText: name }) }).locator("dd");

describe.skipIf(hasNoBrowser)(named("the overview"), () => {
  const setting = useConsole();

  test("shows what came, what went, what it cost and what waits", async () => {
    const { world, visit } = setting;
    const { open } = await visit({ preferences: { clock: "utc" } });
    const page = await open("/overview");
    await page.getByText("Nothing waits.").waitFor();
    for (const word of ["one", "two", "three"]) {
      const person = world.somebody();
      await person.says(word);
      await person.hasSeen(1);
    }
    const patient = world.somebody();
    patient.isAnsweredBy(() => answersLater);
    await patient.says("later, please");
    await patient.hasTurns(1);

    const row = page.getByRole("row", { name: "leased" });
    await row.waitFor();
    expect(await row.getByRole("cell").first().textContent()).toBe(
      String(world.gateway.value("SELECT count(*) FROM turn WHERE state = 'leased'")),
    );
    await expect.poll(() => tile(page, "In, a minute").last().textContent()).toBe("4 events, 0 copies");
    await expect.poll(() => tile(page, "Out, a minute").last().textContent()).toBe("3 deliveries");
    await expect.poll(() => tile(page, "Free : paid").first().textContent()).toBe("3 : 0");
    expect(await tile(page, "Needs you").allTextContents()).toEqual(["0", "1 more waits by itself"]);
    expect(await tile(page, "Agents reachable").first().textContent()).toBe("1 of 1");

    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const pulse = await (await fetch(`${world.gateway.adminUrl}/api/pulse`, { headers })).json();
    expect(pulse).toMatchObject({ channels: [{ in: { total: 4 }, out: { reply: { total: 3 } } }] });
    await expect.poll(() => tile(page, "Ack, p99").last().textContent()).toMatch(/^p50 \d/);
  });

  test("each of its numbers of what waits leads to as many rows, which are those of the database", async () => {
    const { world, visit } = setting;
    await deadTurns(world, 2);
    world.line.faults.next("reply", { at: "before-accept", how: 400, message: "May not be empty" });
    await world.somebody().says("refused");
    await until("a dead delivery", () => world.gateway.value("SELECT 1 FROM delivery WHERE state = 'dead'"));
    const page = await (await visit()).open("/overview");
    const waiting = page.getByRole("region", { name: "Waiting" });
    for (const state of ["dead", "leased"]) {
      const stored = world.gateway.value(
        `SELECT (SELECT count(*) FROM turn WHERE state = ?) + (SELECT count(*) FROM delivery WHERE state = ?)`,
        state,
        state,
      );
      const number = waiting.getByRole("row", { name: state }).getByRole("link");
      await expect.poll(() => number.textContent()).toBe(String(stored));
      await number.click();
      await page.waitForURL(`**/needs-you?state=${state}`);
      await expect.poll(() => page.locator("main li[data-row]").count()).toBe(Number(stored));
      await page.goBack();
    }
    await tile(page, "Needs you").first().getByRole("link").click();
    await expect.poll(() => page.locator("main li[data-row]").count()).toBe(3);
  });

  test("its numbers stay, and say how old they are, while the gateway is away; then it goes on by itself", async () => {
    const { open } = await setting.visit({ expected: [503] });
    const page = await open("/overview");
    await page.locator("figure svg[role=img]").waitFor();
    const cost = await tile(page, "Free : paid").first().textContent();
    await page.route("**/api/**", (route) =>
      route.fulfill({ status: 503, headers: { "retry-after": "1" }, json: { detail: "the store is unavailable" } }),
    );
    await page
      .getByText(/Last update .* ago\./)
      .first()
      .waitFor();
    expect(await page.locator("figure svg[role=img]").count()).toBe(1);
    expect(await tile(page, "Free : paid").first().textContent()).toBe(cost);
    await page.unroute("**/api/**");
    await page
      .getByText(/Last update/)
      .first()
      .waitFor({ state: "detached" });
  });

  test("what is old and what was never had for the same reason are told apart, each once", async () => {
    const { context, open } = await setting.visit({ expected: [503] });
    const away = (path: string) =>
      context.route(path, (route) => route.fulfill({ status: 503, json: { detail: "the store is unavailable" } }));
    await away("**/api/accounts*");
    const page = await open("/overview");
    await page.locator("figure svg[role=img]").waitFor();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    expect(await page.getByText(/Last update .* ago\./).count()).toBe(0);
    await away("**/api/**");
    await page
      .getByText(/Last update .* ago\./)
      .first()
      .waitFor();
    expect(await page.getByText(/Last update .* ago\./).count()).toBe(1);
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(1);
  });
});
