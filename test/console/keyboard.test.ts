/**
 * Goal: whoever has no mouse does everything that there is to do, and is never sent back to the top of the page.
 * Method: Tab, Enter, the space bar and Escape in Chromium, and what the gateway did.
 */
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";
import { hasFocus, pressAt, tabTo } from "./support/keyboard.ts";
import { stoppedAccount } from "./support/stopped-account.ts";

describe.skipIf(hasNoBrowser)(named("the keyboard alone"), () => {
  const setting = useConsole();

  test("replays what needs a person, discards it, and takes that back", async () => {
    const { world, visit } = setting;
    const [first, second] = await deadTurns(world, 2);
    const page = await (await visit()).open("/needs-you");
    const rowOf = (id: string | undefined) => page.locator(`main li[data-row="${id}"]`);
    await pressAt(page, rowOf(second?.turnId).getByRole("button", { name: "Discard" }));
    await pressAt(page, page.getByRole("button", { name: "Undo" }));
    await page.getByRole("button", { name: "Undo" }).waitFor({ state: "detached" });
    expect(await inPage(page, "document.activeElement === document.body")).toBe(false);
    await pressAt(page, rowOf(second?.turnId).getByRole("button", { name: "Replay" }));
    await second?.person.hasSeen(1);
    await rowOf(second?.turnId).waitFor({ state: "detached" });
    expect(await inPage(page, "document.activeElement === document.body")).toBe(false);
    await pressAt(page, rowOf(first?.turnId).getByRole("button", { name: "Replay" }));
    await first?.person.hasSeen(1);
  });

  test("selects many, reads the question, leaves it, and then acts on them", async () => {
    const { world, visit } = setting;
    const dead = await deadTurns(world, 3);
    const page = await (await visit()).open("/needs-you");
    const selection = page.getByRole("region", { name: "Selection" });
    await pressAt(page, selection.getByLabel("All that is shown"), "Space");
    const replay = selection.getByRole("button", { name: "Replay…" });
    await pressAt(page, replay);
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => hasFocus(replay)).toBe(true);
    await page.keyboard.press("Enter");
    await pressAt(page, dialog.getByRole("button", { name: "Replay 3" }));
    const run = page.getByRole("region", { name: "Acting on many" });
    await run.getByText("The run has ended: 3 of 3 done").waitFor();
    for (const { person } of dead) await person.hasSeen(1);
    await pressAt(page, run.getByRole("button", { name: "Close" }));
    await run.waitFor({ state: "detached" });
    expect(await inPage(page, "document.activeElement === document.body")).toBe(false);
  });

  test("pauses the bot in a conversation and lets it answer again, while messages come", async () => {
    const { world, visit } = setting;
    const ann = world.somebody();
    await ann.says("hi");
    await ann.hasSeen(1);
    const id = world.gateway.value("SELECT conversation_id FROM conversation WHERE peer_id = ?", ann.id);
    const page = await (await visit()).open(`/c/${String(id)}`);
    const dialog = page.getByRole("dialog");
    const pause = page.getByRole("main").getByRole("button", { name: "Pause the bot" });
    await tabTo(page, pause);
    await ann.says("still there?");
    await page.locator("[data-side=out]", { hasText: "still there?" }).waitFor();
    expect(await hasFocus(pause)).toBe(true);
    await page.keyboard.press("Enter");
    await pressAt(page, dialog.getByRole("button", { name: "Pause the bot" }));
    await page.getByText("Bot paused by").waitFor();
    await pressAt(page, page.getByRole("main").getByRole("button", { name: "Resume the bot" }));
    await pressAt(page, dialog.getByRole("button", { name: "Resume the bot" }));
    await page.getByText("Bot resumed by").waitFor();
    await expect.poll(() => inPage(page, "document.activeElement === document.body")).toBe(false);
  });

  test("starts a stopped account again", async () => {
    const { world, visit } = setting;
    const ann = await stoppedAccount(world);
    const page = await (await visit()).open("/accounts");
    await pressAt(page, page.getByRole("button", { name: "Start again…" }));
    await pressAt(page, page.getByRole("dialog").getByRole("button", { name: "Start again" }));
    await ann.hasSeen(1);
    world.line.faults.clear();
    await page.getByText("working", { exact: true }).waitFor();
    // Its button is gone, and whoever has pressed it isn't sent back to the top of the page.
    const focused = page.locator("main [role=status]:focus");
    expect(await focused.textContent()).not.toBe("");
  });
});
