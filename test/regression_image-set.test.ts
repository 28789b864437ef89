/**
 * Goal: images that a person sends at once on LINE are one turn in their order: LINE posts them in any order, each in a webhook
 * of its own.
 * Method: a whole gateway on a manual clock, against LINE's simulator.
 */
import { afterEach, expect, test } from "vitest";
import type { WireTurn } from "../src/agents/protocol.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";

const PERSON = "U00000000000000000000000000000001";
const MAX_WAIT_MS = 8_000;

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start(
  settings: NonNullable<AssemblyOptions["settings"]>,
): Promise<AssembledGateway & { turns: WireTurn[] }> {
  const turns: WireTurn[] = [];
  const gateway = assembleGateway({
    answer: (turn) => {
      turns.push(turn);
      return "thanks";
    },
    settings,
  });
  ends.push(gateway.end);
  await gateway.start();
  return { ...gateway, turns };
}

const indexesOf = (turn: WireTurn | undefined) =>
  turn?.events.map(({ message }) => (message?.imageSet as { index: number } | undefined)?.index);

test.each([1_500, 0])(
  "images sent at once are one turn in their order, with a quiet time of %i ms",
  async (quietMs) => {
    const { simulator, clock, turns } = await start({ batch: { quietMs } });
    await simulator.person(PERSON).sendsImages([3, 1, 4, 2]);
    await clock.advance(quietMs);
    expect(turns.map(indexesOf)).toEqual([[1, 2, 3, 4]]);
    expect(simulator.seenBy(PERSON)).toHaveLength(1);
  },
);

test("a turn waits for the rest of a set, and not longer than maxWaitMs", async () => {
  const { simulator, clock, turns } = await start({ batch: { quietMs: 0 } });
  const images = simulator.events.imageSet({ type: "user", userId: PERSON }, 3);
  const [first, second] = images;
  await simulator.post(images.slice(2));
  await clock.advance(MAX_WAIT_MS / 2);
  await simulator.post(first === undefined ? [] : [first]);
  await clock.advance(MAX_WAIT_MS / 2 - 1);
  expect(turns).toEqual([]);
  await clock.advance(1);
  expect(turns.map(indexesOf)).toEqual([[1, 3]]);
  await simulator.post(second === undefined ? [] : [second]);
  await clock.advance(0);
  expect(turns.map(indexesOf)).toEqual([[1, 3], [2]]);
});
