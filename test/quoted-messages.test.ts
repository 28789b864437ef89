/**
 * Goal: who quotes a message, or taps a button in one, is understood: the bot is told what it says, in one field for every
 * channel, and a turn that quotes nothing asks the store nothing.
 * Method: a whole gateway without a socket, LINE over its simulator; what the store is asked is counted.
 */
import { afterEach, expect, test } from "vitest";
import type { WireTurn } from "../src/agents/protocol.ts";
import { Unavailable } from "../src/core/errors.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";

let gateway: AssembledGateway;
afterEach(() => gateway.end());

async function start(
  findQuoted?: (store: Store, query: Parameters<Store["findQuoted"]>[0]) => ReturnType<Store["findQuoted"]>,
) {
  const turns: WireTurn[] = [];
  const asked: (readonly string[])[] = [];
  gateway = assembleGateway({
    wrapStore: (store) => ({
      ...store,
      findQuoted: async (query) => {
        asked.push(query.messageIds);
        return await (findQuoted?.(store, query) ?? store.findQuoted(query));
      },
    }),
    answer: (turn) => {
      turns.push(turn);
      if (turn.text === "what?") throw new Error(`can't read ${JSON.stringify(turn.events[0]?.quoted?.text)}`);
      return turn.text === "colours?" ? ["Red or blue?", { type: "card", title: "Or green", text: "New" }] : undefined;
    },
  });
  await gateway.start();
  const ann = gateway.simulator.person("Uann");
  const says = async (text: string, quotedMessageId: string | null = null) => {
    const posted = await ann.sends({ type: "text", text, ...(quotedMessageId !== null && { quotedMessageId }) });
    await gateway.clock.settle();
    return posted.messageId;
  };
  const quoted = () => turns.at(-1)?.events.map((event) => event.quoted);
  return { says, quoted, asked, ann, turns };
}

test("a message of the person's and each of the bot's own come with their words", async () => {
  const { says, quoted } = await start();
  const own = await says("colours?");
  await says("the first", gateway.simulator.seenBy("Uann")[0]?.messageId);
  expect(quoted()).toEqual([{ messageId: expect.any(String), role: "assistant", text: "Red or blue?" }]);
  await says("that", gateway.simulator.seenBy("Uann")[1]?.messageId);
  expect(quoted()).toEqual([
    { messageId: expect.any(String), role: "assistant", text: expect.stringContaining("Or green") },
  ]);
  await says("I meant this", own);
  expect(quoted()).toEqual([{ messageId: own, role: "user", type: "text", text: "colours?" }]);
});

test("words that were quoted are in no log line when the bot repeats them in its error", async () => {
  const { says } = await start();
  await says("colours?");
  await says("what?", gateway.simulator.seenBy("Uann")[0]?.messageId);
  expect(JSON.stringify(gateway.lines)).toContain("can't read");
  expect(JSON.stringify(gateway.lines)).not.toContain("Red or blue?");
});

test("a message that isn't known is named by its id, and so is one that was unsent", async () => {
  const { says, quoted, ann } = await start();
  await says("that", "123");
  expect(quoted()).toEqual([{ messageId: "123" }]);
  const own = await says("a secret");
  await ann.unsends(own ?? "");
  await says("never mind", own);
  expect(quoted()).toEqual([{ messageId: own }]);
});

test("without a quote the store is asked nothing", async () => {
  const { says, quoted, asked } = await start();
  await says("hi");
  expect(quoted()).toEqual([undefined]);
  expect(asked).toEqual([]);
});

test("an outage of the store holds up the turn, and loses neither it nor the quoted words", async () => {
  let outages = 1;
  const { says, quoted, turns } = await start(async (store, query) => {
    if (outages-- > 0) throw new Unavailable("the database is away");
    return await store.findQuoted(query);
  });
  const own = await says("colours?");
  await says("this", own);
  expect(turns).toHaveLength(1);
  await gateway.clock.advance(200);
  expect(quoted()).toMatchObject([{ messageId: own, text: "colours?" }]);
});
