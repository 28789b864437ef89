/**
 * Goal: a bot behind a socket that drops, at any frame and in any way, is told nothing twice that counts, and the person
 * gets each answer once, and soon.
 * Method: the scenarios of the fault points with a bot at `GET /v1/agent`. The frames of a run, both ways, are counted;
 * then it is run again once per frame and way to drop. Our own client on a network in memory, on the manual clock.
 */
import { describe, expect, test } from "vitest";
import { DROPS } from "./support/agents/memory-network.ts";
import { webSocketBots } from "./support/faults/doors.ts";
import { run } from "./support/faults/run.ts";
import { SCENARIOS } from "./support/faults/scenarios.ts";

/** 1: every frame. More: every so many, from another place in each scenario; `npm run check` has a minute for everything. */
const STEP = Number(process.env.TURNPIKE_TEST_FAULT_STEP ?? 17);

/** What a drop may cost a person: a connection that nobody knows to be gone, and a lease. */
const DELAY_MAX_MS = 30_000;

describe.each(SCENARIOS.map((scenario, place) => [scenario.name, scenario, place] as const))(
  "%s",
  (_, scenario, place) => {
    test.each(DROPS)(
      `the socket drops at ${STEP === 1 ? "every frame" : `every ${STEP}th frame`}: %s`,
      async (drop) => {
        const { broken: whole, frames, tookMs } = await run(scenario, null, undefined, webSocketBots(null));
        const broken = [...whole];
        for (const [index, frame] of frames.entries()) {
          if (index % STEP !== place % STEP) continue;
          const at = index + 1;
          const found = await run(scenario, null, undefined, webSocketBots({ at, drop }));
          const delayMs = found.tookMs - tookMs;
          const late = delayMs > DELAY_MAX_MS ? [`G11: all took ${delayMs} ms longer`] : [];
          broken.push(...[...found.broken, ...late].map((sentence) => `at frame ${at}, ${frame}: ${sentence}`));
        }
        expect(frames.length).toBeGreaterThanOrEqual(5);
        expect(broken).toEqual([]);
      },
    );
  },
);
