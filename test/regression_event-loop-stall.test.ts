/**
 * Goal: a webhook that waited in the socket of a process that stood still is not taken for fresh. Its token's minute ran
 * meanwhile, and a `400` after that minute says nothing about the call before it (G8, decision 42).
 * Method: as in `pipeline.test.ts`. The clock is stepped while the webhook is on its way; then the reply's answer is lost
 * before LINE has taken it, at the last moment of the token's life.
 */
import { afterEach, expect, test } from "vitest";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";
import { patientBot } from "./support/bots.ts";

const STALL_MS = 17_000;
const TOKEN_LIFE_MS = 60_000;

let whole: AssembledGateway;
afterEach(() => whole.end());

for (const [copy, isMarked] of [
  ["first_copy", false],
  ["redelivered_copy", true],
] as const) {
  test(`regression_a_${copy}_that_waited_while_the_process_stood_still_settles_no_doubt`, async () => {
    const { asked, ask, answers } = patientBot();
    let grantedAt = 0;
    whole = assembleGateway({
      answer: ask,
      line: {
        deliver: async (body, headers) => {
          if (isMarked && !new TextDecoder().decode(body).includes('"isRedelivery":true')) return 503;
          grantedAt = whole.clock.now();
          whole.clock.step(STALL_MS);
          const at = new Request("http://gateway/webhook/line", {
            method: "POST",
            body: new Uint8Array(body),
            headers,
          });
          return (await whole.gateway.fetch(at)).status;
        },
      },
    });
    await whole.start();
    await whole.clock.advance(5_500);
    const said = await whole.simulator.person("Uann").says("hi");
    if (isMarked) await whole.simulator.redeliver(said.eventId);
    await whole.clock.settle();
    expect(asked).toHaveLength(1);
    await whole.clock.advance(grantedAt + TOKEN_LIFE_MS - 100 - whole.clock.now());
    whole.simulator.faults.next("reply", { at: "before-accept", how: "disconnect" });
    answers[0]?.resolve("hello");
    await whole.clock.advance(5_000);
    expect(whole.simulator.calls.map(({ path }) => path)).toEqual(Array(2).fill("/v2/bot/message/reply"));
    expect(whole.simulator.seenBy("Uann")).toEqual([]);
    expect(await whole.count("deliveries_total", { outcome: "sent" })).toBe(0);
    expect(await whole.count("deliveries_total", { outcome: "unknown" })).toBe(1);
  });
}
