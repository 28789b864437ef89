/** Goal: the demo starts beside whatever else runs on this machine, and keeps to a port that it was given. */
import { expect, test } from "vitest";
import { freePort } from "../../../test/support/free-ports.ts";
import { listenNear } from "./listen.ts";

const fetch = () => new Response("here");
const portOf = (url: string) => Number(new URL(url).port);

test("without a port of its own it takes the usual one, and the next that is free when that is taken", async () => {
  const usual = await freePort();
  const first = await listenNear(fetch, { given: null, usual });
  const second = await listenNear(fetch, { given: null, usual });
  expect(portOf(first.url)).toBe(usual);
  expect(portOf(second.url)).toBeGreaterThan(usual);
  await Promise.all([first.close(), second.close()]);
});

test("a given port that is taken is refused with what to do, and no other is tried", async () => {
  const given = await freePort();
  const first = await listenNear(fetch, { given, usual: given });
  await expect(listenNear(fetch, { given, usual: 8080 })).rejects.toThrow(/the port is in use: stop the other program/);
  await first.close();
});
