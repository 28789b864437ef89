/**
 * Goal: on the page of an ended turn an operator sees what another agent would answer, beside what was answered; the person
 * gets nothing of it, and where no agent is marked for it nothing of this is there.
 * Method: the shipped gateway with two bots behind real servers, one of them for rehearsals, and the page in Chromium.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGENT_SECRET, answers, ScriptedAgent } from "../e2e/support/agent.ts";
import type { Somebody } from "../e2e/support/world.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { seriousIn } from "./support/in-page.ts";

const READ_TOKEN = "a-token-that-may-only-read";
const panel = (page: Page) => page.getByRole("region", { name: "Rehearsal", exact: true });
const rehearse = (page: Page) => panel(page).getByRole("button", { name: "Rehearse" });

describe.skipIf(hasNoBrowser)(named("a rehearsal"), () => {
  const agent = new ScriptedAgent();
  beforeAll(() => agent.start());
  afterAll(() => agent.stop());
  const setting = useConsole(() => ({
    TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN,
    TURNPIKE_ADMIN_TOKENS: JSON.stringify([{ name: "rita", right: "read", token: READ_TOKEN }]),
    TURNPIKE_REHEARSAL_AGENTS: JSON.stringify([{ name: "dev", url: agent.url, secret: AGENT_SECRET }]),
  }));

  /** Somebody who has an answer, and the turn that it was for. */
  async function talked(): Promise<{ readonly person: Somebody; readonly turnId: string }> {
    const person = setting.world.somebody();
    await person.says("hi");
    await person.hasSeen(1);
    await person.settled();
    const [handed] = await person.hasTurns(1);
    return { person, turnId: handed?.turn.turnId ?? "" };
  }

  test("shows the other agent's answer beside the one that was sent, and the person sees nothing new", async () => {
    const { world, visit } = setting;
    const { person, turnId } = await talked();
    agent.script(person.id, () => answers("good day", { type: "image", url: "https://img.test/a.png" }));
    const calls = world.line.calls.length;
    const beside = world.line.besideCalls.length;
    const page = await (await visit()).open(`/t/${turnId}`);
    await panel(page).getByText("What the agent does besides answering may happen again.").waitFor();
    await rehearse(page).click();
    const answer = panel(page).getByRole("region", { name: /^dev’s answer, after/ });
    await answer.getByText("good day", { exact: true }).waitFor();
    await panel(page).getByRole("region", { name: "The answer that was sent" }).getByText("re: hi").waitFor();
    expect(await seriousIn(page)).toEqual([]);
    await answer.getByText("As data").click();
    await answer.locator("pre", { hasText: '"kind": "answered"' }).waitFor();

    const [handed] = agent.turnsOf(person.id);
    expect(handed).toMatchObject({ signatureProblem: null, headers: { "x-turnpike-rehearsal": "1" } });
    expect(handed?.turn.turnId).toMatch(/^rehearsal_/);
    expect(person.turns()).toHaveLength(1);
    expect(person.texts()).toEqual(["re: hi"]);
    expect([world.line.calls.length, world.line.besideCalls.length]).toEqual([calls, beside]);
    const [line] = await world.gateway.hasLogged("turn rehearsed", { turnId });
    expect(line).toMatchObject({ outcome: "answered", agent: "dev" });
  });

  test("of a dead turn that fails says why, and leaves the turn dead", async () => {
    const [dead] = await deadTurns(setting.world, 1);
    if (dead === undefined) throw new Error("nobody's turn is dead");
    agent.script(dead.person.id, () => ({ status: 422, body: { message: "no" } }));
    const page = await (await setting.visit()).open(`/t/${dead.turnId}`);
    await rehearse(page).click();
    await panel(page).getByText("It refused, or its answer can't be read. A turn would be dead.").waitFor();
    await panel(page).getByText("the agent answered 422", { exact: true }).waitFor();
    await panel(page).getByText("Nothing was answered.").waitFor();
    await page.getByRole("region", { name: "What can be done" }).getByRole("button", { name: "Replay" }).waitFor();
  });

  test("leaves no word on the page once words are off", async () => {
    const { person, turnId } = await talked();
    agent.script(person.id, () => answers("a word of the other bot"));
    const page = await (await setting.visit()).open(`/t/${turnId}`);
    const said = panel(page).getByText("a word of the other bot");
    await rehearse(page).click();
    await said.first().waitFor();
    await page.getByRole("button", { name: "Words" }).click();
    await said.first().waitFor({ state: "detached" });
    await rehearse(page).click();
    const answer = panel(page).getByRole("region", { name: /^dev’s answer, after/ });
    await answer.getByText("text", { exact: true }).waitFor();
    expect(await said.count()).toBe(0);
  });

  test("ends when its operator leaves the page while the agent has it", async () => {
    const { person, turnId } = await talked();
    agent.script(person.id, () => new Promise(() => undefined));
    const page = await (await setting.visit()).open(`/t/${turnId}`);
    await rehearse(page).click();
    await expect.poll(() => agent.turnsOf(person.id).length).toBe(1);
    await page.getByRole("link", { name: "Audit" }).click();
    const [line] = await setting.world.gateway.hasLogged("turn rehearsed", { turnId });
    expect(line).toMatchObject({ outcome: "abandoned" });
  });

  test("isn't offered to whoever may only read", async () => {
    const { turnId } = await talked();
    const { open } = await setting.visit({ isSignedIn: false, expected: [401] });
    const page = await open(`/t/${turnId}`);
    await page.getByLabel("Admin token").fill(READ_TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("region", { name: "What came of it" }).waitFor();
    expect(await panel(page).count()).toBe(0);
  });
});

describe.skipIf(hasNoBrowser)(named("without an agent for rehearsals"), () => {
  const setting = useConsole();

  test("a turn's page has no button for it", async () => {
    const person = setting.world.somebody();
    await person.says("hi");
    await person.hasSeen(1);
    await person.settled();
    const [handed] = await person.hasTurns(1);
    const page = await (await setting.visit()).open(`/t/${handed?.turn.turnId}`);
    await page.getByRole("region", { name: "What came of it" }).waitFor();
    expect(await panel(page).count()).toBe(0);
  });
});
