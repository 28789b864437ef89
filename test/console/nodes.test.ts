/**
 * Goal: a console in front of one of two processes says of how many it tells, and shows what the other one takes in.
 * Method: two gateways on one PostgreSQL, of which only the other gets webhooks; no turn is ever due, so that no line of
 * the one that is asked tells of a message. Its pages in Chromium.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../e2e/support/eventually.ts";
import { Gateway } from "../e2e/support/gateway.ts";
import { ACCESS_TOKEN, CHANNEL_SECRET, startWorld, UNTIL_A_TAP, type World } from "../e2e/support/world.ts";
import { freshSchema, startPostgres } from "../support/postgres.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useBrowser } from "./support/browser.ts";

describe.skipIf(hasNoBrowser)(named("a console in front of one process of two"), () => {
  const started = new AsyncDisposableStack();
  let other: World;
  let asked: Gateway;
  beforeAll(async () => {
    const server = await startPostgres();
    started.defer(() => server.stop());
    const { url } = await freshSchema(server.url, "console_nodes");
    const env = { ...UNTIL_A_TAP, TURNPIKE_DATABASE_URL: url, TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN };
    other = started.use(await startWorld({ env }));
    asked = started.use(
      new Gateway({
        LINE_CHANNEL_SECRET: CHANNEL_SECRET,
        LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN,
        LINE_API_BASE_URL: other.platformProxy.url,
        ...env,
      }),
    );
    await asked.start();
  });
  afterAll(() => started.disposeAsync());
  const { visit } = useBrowser(() => asked.adminUrl);

  const alive = async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await fetch(`${asked.adminUrl}/api/nodes`, { headers });
    const { nodes } = (await answer.json()) as { nodes: readonly { isAlive: boolean }[] };
    return nodes.filter(({ isAlive }) => isAlive).length;
  };

  test("says that it is live from one of two, and shows what the other takes in, in the list and in the conversation", async () => {
    await until("both processes are alive", async () => (await alive()) === 2);
    const ann = other.somebody();
    const page = await (await visit()).open("/conversations");
    await expect.poll(() => page.locator("[data-feed]").textContent()).toBe("Live from 1 of 2");
    await page.getByText("Nobody has written yet.").waitFor();

    await ann.says("to the other process");
    const row = page.locator("main li[data-row] a");
    await row.click();
    const said = page.locator("[data-side=in] bdi.whitespace-pre-wrap");
    await expect.poll(() => said.allTextContents()).toEqual(["to the other process"]);
    await ann.says("and once more");
    await expect.poll(() => said.allTextContents()).toEqual(["to the other process", "and once more"]);
    await other.somebody().says("from somebody else");
    await page.getByRole("button", { name: "1 change", exact: true }).waitFor();

    await other.gateway.hasLogged("event accepted", {}, 3);
    expect(asked.logged("event accepted")).toEqual([]);
  });

  test("is live from all there is once the other has ended in peace and the stream begins anew", async () => {
    const page = await (await visit()).open("/overview");
    const light = page.locator("[data-feed=live]");
    await light.waitFor();
    expect(await other.gateway.term()).toEqual({ code: 0, signal: null });
    expect(await alive()).toBe(1);
    await page.reload();
    await expect.poll(() => light.textContent()).toBe("Live");
  });
});
