/**
 * Goal: an answer that comes after its free token's end costs nothing, and whoever taps the button for it gets it, or a
 * word that makes sense, whenever and however often.
 * Method: a whole gateway with real SQLite on a manual clock, LINE over its simulator, an agent that answers late.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { LineOptions } from "../src/channels/line/index.ts";
import { ANN, endAll, MINUTE, routes, SECOND, screen, tapNewest, withPatience } from "./support/cost-policy.ts";

afterEach(endAll);

const PROMPT = "prompt [show]";
const WORKING = "working [show]";
const systemMessageTexts = {
  prompt: "prompt",
  working: "working",
  show: "show",
  more: "more",
  delivered: "delivered",
  failed: "failed",
  expired: "expired",
  notYours: "not yours",
};
const BUTTON: Partial<LineOptions> = { slowReply: "button", systemMessageTexts };

describe("a slow answer with a button", () => {
  test("costs nothing: the token pays for the button, and the tap for the answer", async () => {
    const { whole, asked, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(40 * SECOND - 1);
    expect(screen(whole)).toEqual([]);
    await whole.clock.advance(1);
    expect(screen(whole)).toEqual([PROMPT]);
    await whole.clock.advance(MINUTE);
    await finish(0, "here it is");
    await whole.clock.advance(10 * MINUTE);
    expect(screen(whole)).toEqual([PROMPT]);
    await tapNewest(whole);
    expect(screen(whole)).toEqual([PROMPT, "here it is"]);
    expect(routes(whole)).toEqual(["reply", "reply"]);
    expect(whole.simulator.quota.used).toBe(0);
    // The tap is the gateway's own.
    expect(asked).toHaveLength(1);
  });

  test("is no agent's business: the tap isn't context of the next turn", async () => {
    const { whole, asked, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(MINUTE);
    await finish(0, "here it is");
    await tapNewest(whole);
    await whole.simulator.person(ANN).says("thanks");
    await whole.clock.settle();
    expect(asked).toHaveLength(2);
    expect(asked[1]?.turn.context).toBeUndefined();
  });

  test("needs no button when the answer is in time", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(39 * SECOND);
    await finish(0, "in time");
    await whole.clock.advance(MINUTE);
    expect(screen(whole)).toEqual(["in time"]);
  });

  test("that is tapped too soon says so, under a new button", async () => {
    const { whole, asked, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(40 * SECOND);
    await tapNewest(whole);
    await tapNewest(whole);
    expect(screen(whole)).toEqual([PROMPT, WORKING, WORKING]);
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "at last");
    await tapNewest(whole);
    expect(screen(whole)).toEqual([PROMPT, WORKING, WORKING, "at last"]);
    await tapNewest(whole);
    expect(screen(whole).at(-1)).toBe("delivered");
    expect([whole.simulator.quota.used, asked.length]).toEqual([0, 1]);
  });

  test("of twelve messages comes five at a time, with a button for more", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(
      0,
      Array.from({ length: 12 }, (_, n) => `${n}`),
    );
    expect(screen(whole)).toEqual([PROMPT]);
    await tapNewest(whole);
    expect(screen(whole).slice(1)).toEqual(["0", "1", "2", "3", "4 [more]"]);
    await tapNewest(whole);
    expect(screen(whole).slice(6)).toEqual(["5", "6", "7", "8", "9 [more]"]);
    await tapNewest(whole);
    expect(screen(whole).slice(11)).toEqual(["10", "11"]);
    expect(whole.simulator.quota.used).toBe(0);
  });

  test("that is quick but long asks for a tap too, where no other token is there for the rest", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    const seven = Array.from({ length: 7 }, (_, n) => `${n}`);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    await finish(0, seven);
    expect(screen(whole)).toEqual(["0", "1", "2", "3", "4 [more]"]);
    await tapNewest(whole);
    expect(screen(whole).slice(5)).toEqual(["5", "6"]);
    expect(whole.simulator.quota.used).toBe(0);
  });

  test("is paid for when nobody taps for as long as the setting says", async () => {
    const { whole, finish } = await withPatience({ ...BUTTON, buttonPushAfterMs: 5 * MINUTE });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "late");
    await whole.clock.advance(5 * MINUTE - 1);
    expect(screen(whole)).toEqual([PROMPT]);
    await whole.clock.advance(SECOND);
    expect(screen(whole)).toEqual([PROMPT, "late"]);
    expect(whole.simulator.quota.used).toBe(1);
  });

  test("that nobody taps for travels with the answer to the next message", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("one");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "first");
    await whole.simulator.person(ANN).says("two");
    await whole.clock.settle();
    await finish(1, "second");
    expect(screen(whole)).toEqual([PROMPT, "first", "second"]);
    await tapNewest(whole);
    expect(screen(whole).at(-1)).toBe("delivered");
    expect(whole.simulator.quota.used).toBe(0);
  });

  test("that never comes says so when it is tapped, and an old or unknown button that it has expired", async () => {
    const { whole, finish } = await withPatience({ ...BUTTON, buttonExpiresAfterMs: 10 * MINUTE });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, []);
    await tapNewest(whole);
    expect(screen(whole)).toEqual([PROMPT, "failed"]);
    await whole.clock.advance(10 * MINUTE);
    await tapNewest(whole);
    await whole.simulator.person(ANN).taps("turnpike:answer:tap_nobodyknows");
    await whole.clock.settle();
    expect(screen(whole).slice(2)).toEqual(["expired", "expired"]);
  });

  test("regression_no_failure_is_told_while_the_answer_may_still_come", async () => {
    const { whole, answers, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    answers[0]?.reject(new Error("the model is overloaded"));
    await whole.clock.settle();
    await tapNewest(whole);
    expect(screen(whole)).toEqual([PROMPT, WORKING]);
    await whole.clock.advance(2 * MINUTE);
    await finish(1, "the second try");
    await tapNewest(whole);
    expect(screen(whole)).toEqual([PROMPT, WORKING, "the second try"]);
  });

  test("is nobody else's: somebody else's tap on the same callback token opens nothing", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "for Ann");
    await tapNewest(whole, "Ubob");
    expect(screen(whole)).toEqual([PROMPT]);
    expect(screen(whole, "Ubob")).toEqual(["expired"]);
  });

  test("in a group stays as it is by default, and with the setting serves those who asked", async () => {
    const quiet = await withPatience(BUTTON);
    await quiet.whole.simulator.group("Cteam").person(ANN).says("hi");
    await quiet.whole.clock.advance(MINUTE);
    expect(screen(quiet.whole, "Cteam")).toEqual([]);

    const { whole, finish } = await withPatience({ ...BUTTON, slowReplyInGroups: true });
    await whole.simulator.group("Cteam").person(ANN).says("hi");
    await whole.clock.advance(MINUTE);
    await finish(0, "for Ann");
    const [button] = whole.simulator.seenBy("Cteam");
    const data = /"data":"([^"]+)"/.exec(JSON.stringify(button?.message))?.[1] ?? "";
    await whole.simulator.group("Cteam").person("Ubob").taps(data);
    await whole.clock.settle();
    await whole.simulator.group("Cteam").person(ANN).taps(data);
    await whole.clock.settle();
    expect(screen(whole, "Cteam")).toEqual([PROMPT, "not yours", "for Ann"]);
  });

  test("is paid for when nobody knows whether the button arrived", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    whole.simulator.faults.next("reply", { at: "before-accept", how: "disconnect", times: 30 });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "no button, and yet an answer");
    await whole.clock.advance(MINUTE);
    expect(screen(whole)).toEqual(["no button, and yet an answer"]);
    expect(whole.simulator.quota.used).toBe(1);
  });

  test("a tap that LINE sends twice is answered once", async () => {
    const { whole, finish } = await withPatience(BUTTON);
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    const { eventId } = await tapNewest(whole);
    await whole.simulator.redeliver(eventId);
    await whole.clock.settle();
    expect(screen(whole)).toEqual([PROMPT, WORKING]);
    await finish(0, "once");
    await whole.simulator.redeliver(eventId);
    await whole.clock.settle();
    expect(screen(whole)).toEqual([PROMPT, WORKING]);
  });
});
