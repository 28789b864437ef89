/**
 * Goal: what a platform refuses, of a message, a medium, a template or a window, costs no other message its way (G9, G12).
 * Method: a whole gateway with real SQLite on a manual clock; the simulated platforms refuse what the real ones refuse.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { Reply } from "../src/core/reply.ts";
import { type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions) {
  const whole = assembleGateway(options);
  ends.push(() => whole.end());
  await whole.start();
  return whole;
}

/** One that passes every check of ours, and that LINE doesn't have. */
const NO_STICKER: Reply = {
  type: "raw",
  channel: "line",
  message: { type: "sticker", packageId: "abc", stickerId: "def" },
};

describe("one of three messages that LINE refuses", () => {
  test.each([false, true])(
    "is a dead letter, and the other two are read (a 400 spends the token: %s)",
    async (spends) => {
      const whole = await started({
        answer: () => ["one", NO_STICKER, "three"],
        line: { rejectedReplySpendsToken: spends },
      });
      await whole.simulator.person("Uann").says("hi");
      await whole.clock.advance(1_000);
      expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["one", "three"]);
      const routes = whole.simulator.calls.map(({ path }) => path.split("/").at(-1));
      expect(routes).toEqual(spends ? ["reply", "reply", "push"] : ["reply", "reply"]);
      const dead = whole.lines.filter(({ message }) => message.startsWith("delivery dead"));
      expect(dead.map(({ fields }) => fields.reason)).toEqual([
        "400: A message (messages[1]) in the request body is invalid",
      ]);
    },
  );
});
