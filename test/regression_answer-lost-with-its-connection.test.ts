/**
 * Goal: a bot that answers quickly, and whose connection ends before the answer got through, answers the turn when it is
 * handed out again. It waited for the word on its first answer until the agent's time was over, minutes later.
 * Method: the connection ends at the frame with the answer, which the gateway never reads.
 */
import { expect, test } from "vitest";
import { webSocketBots } from "./support/faults/agent-transports.ts";
import { run } from "./support/faults/run.ts";
import { SCENARIOS } from "./support/faults/scenarios.ts";

test("an answer that is lost with its connection is given anew at once", async () => {
  const [burst] = SCENARIOS;
  if (burst === undefined) throw new Error("there is no scenario");
  const whole = await run(burst, null, undefined, webSocketBots(null));
  const at = whole.frames.indexOf("bot: done") + 1;
  const dropped = await run(burst, null, undefined, webSocketBots({ at, drop: "before" }));
  expect(dropped.broken).toEqual([]);
  expect(dropped.frames.filter((frame) => frame === "gateway: turn")).toHaveLength(2);
  expect(dropped.tookMs - whole.tookMs).toBeLessThanOrEqual(5_000);
});
