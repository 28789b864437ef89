/**
 * Goal: a bot behind a socket that drops, at any frame and in any way, is told nothing twice that counts, and the person
 * gets each answer once, and soon.
 * Method: the scenarios of the fault points with a bot at `GET /v1/agent`. The frames of a run, both ways, are counted;
 * then it is run again once per frame and way to drop. Our own client on a network in memory, on the manual clock.
 */
import { expect, test } from "vitest";
import { webSocketBots } from "./support/faults/agent-transports.ts";
import { SCENARIOS } from "./support/faults/scenarios.ts";
import { brokenByDrops } from "./support/faults/socket-drops.ts";

/** 1: every frame. More: every so many, from another place in each scenario; `npm run check` has a minute for everything. */
const STEP = Number(process.env.TURNPIKE_TEST_FRAME_STEP ?? 41);

test.each(SCENARIOS.map((scenario, place) => [scenario.name, scenario, place] as const))(
  `%s, and the socket drops at ${STEP === 1 ? "every frame" : `every ${STEP}th`}`,
  { timeout: 300_000 },
  async (_, scenario, place) => {
    const { frames, broken } = await brokenByDrops(
      { scenario, agentTransport: webSocketBots },
      { step: STEP, first: place * 3 },
    );
    expect(frames).toBeGreaterThanOrEqual(5);
    expect(broken).toEqual([]);
  },
);
