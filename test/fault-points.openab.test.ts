/**
 * Goal: an openab core whose socket drops, at any frame and in any way, makes nobody read anything twice, and what it lost
 * with its connection is asked anew or listed.
 * Method: the scenarios of the fault points with a core at `GET /ws`, written after the protocol page. The frames of a run,
 * both ways, are counted; then it is run again once per frame and way to drop.
 */
import { describe, expect, test } from "vitest";
import { type CoreManner, openabBots } from "./support/faults/agent-transports.ts";
import { SCENARIOS } from "./support/faults/scenarios.ts";
import { brokenByDrops } from "./support/faults/socket-drops.ts";

/** 1: every frame. More: every so many, from another place each time; `npm run check` has a minute for everything. */
const STEP = Number(process.env.TURNPIKE_TEST_FRAME_STEP ?? 41);

const MANNERS: Readonly<Record<string, CoreManner>> = {
  "that reacts to a message; what it had taken is left to a person": { reacts: true, replayAccepted: false },
  "that reacts to a message; what it had taken is asked anew": { reacts: true, replayAccepted: true },
  "that says nothing before it answers": { reacts: false, replayAccepted: false },
};

/**
 * Without those that only wait longer, where a core says nothing; and without the button, which people read as often as
 * they wait for a core that is asked anew.
 */
const QUICK = SCENARIOS.filter(({ name }) => !/quota|token's end|button/.test(name));

describe.each(Object.entries(MANNERS))("a core %s", (_, manner) => {
  test.each(QUICK.map((scenario, place) => [scenario.name, scenario, place] as const))(
    `%s, and the socket drops at ${STEP === 1 ? "every frame" : `every ${STEP}th`}`,
    { timeout: 300_000 },
    async (_name, scenario, place) => {
      const dropping = { scenario, agentTransport: openabBots(manner), forgets: true } as const;
      const { frames, broken } = await brokenByDrops(dropping, { step: STEP, first: place * 3 });
      expect(frames).toBeGreaterThanOrEqual(5);
      expect(broken).toEqual([]);
    },
  );
});
