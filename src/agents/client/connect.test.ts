/**
 * Goal: a bot written with `connect` answers each turn once, in order, and stops when the turn is lost;
 * reconnecting is automatic.
 * Method: a whole gateway with real SQLite on a real socket, LINE over its simulator; the real client, whose time is the
 * gateway's, which is manual.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { until } from "../../../test/e2e/support/eventually.ts";
import { type ListeningGateway, listeningGateway } from "../../../test/support/agents/listening-gateway.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { webSocketAgent } from "../websocket/endpoint.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { NoAnswer, type Turn, type TurnFunction, TurnLost } from "./turn.ts";

const TOKEN = "agent-token";
const LEASE_MS = 60_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(): Promise<ListeningGateway> {
  const whole = await listeningGateway({ agent: webSocketAgent({ token: TOKEN }), settings: { leaseMs: LEASE_MS } });
  ends.push(whole.end);
  return whole;
}

async function bot(whole: ListeningGateway, answer: TurnFunction, options: Partial<ConnectOptions> = {}) {
  const states: string[] = [];
  const url = whole.socketUrl("/v1/agent");
  const onConnection = (state: string) => states.push(state);
  const common = { token: TOKEN, clock: whole.clock, random: seededRandom(ends.length), onConnection };
  const connection = connect(url, { ...common, ...options }).onTurn(answer);
  ends.push(() => connection.close());
  if (options.token === undefined) await until("a connection", () => states.includes("connected"));
  return { connection, states };
}

const says = (whole: ListeningGateway, text = "hi", who = "Uann") => whole.simulator.person(who).says(text);
const screen = (whole: ListeningGateway, who = "Uann") => whole.simulator.seenBy(who).map(({ text }) => text);
const routes = (whole: ListeningGateway) => whole.simulator.calls.map(({ path }) => path.split("/").at(-1));

test("replies and the return value are sent together, as one free call", async () => {
  const whole = await started();
  await bot(whole, async (turn) => {
    await turn.reply(`you said ${turn.text}`);
    await turn.reply("and");
    return "that was all";
  });
  await says(whole);
  await until("the answer", () => screen(whole).length === 3);
  expect(screen(whole)).toEqual(["you said hi", "and", "that was all"]);
  expect(routes(whole)).toEqual(["reply"]);
});

test("replies of a function that works on are sent after the debounce", async () => {
  const whole = await started();
  const rest = Promise.withResolvers<string>();
  await bot(whole, async (turn) => {
    await turn.reply("one moment");
    return await rest.promise;
  });
  await says(whole);
  await until("work", async () => (await whole.count("turn_events")) > 0);
  await until("the first words", async () => {
    await whole.clock.advance(500);
    return screen(whole).length === 1;
  });
  rest.resolve("done");
  await until("the rest", () => screen(whole).length === 2);
  expect(screen(whole)).toEqual(["one moment", "done"]);
});

test("a stream is sent in whole sentences", async () => {
  const whole = await started();
  await bot(whole, (turn) =>
    turn.stream(["One sen", "tence. Ano", "ther one. The", " end"], { charsMin: 5, language: "en" }),
  );
  await says(whole);
  await until("the answer", () => screen(whole).length === 3);
  expect(screen(whole)).toEqual(["One sentence.", "Another one.", "The end"]);
});

test("an error means retry, NoAnswer means dead, and both are reported by onError", async () => {
  const whole = await started();
  const told: string[] = [];
  const outcomes = [new Error("model away"), new NoAnswer("not mine")];
  await bot(whole, () => Promise.reject(outcomes.shift()), { onError: (error) => told.push(String(error)) });
  await says(whole);
  await until("the first error", () => whole.messages().some((message) => /not answered/.test(message)));
  await whole.clock.advance(2_000);
  await until("its death", async () => (await whole.count("turns_total", { outcome: "dead" })) === 1);
  expect(told).toEqual(["Error: model away", "NoAnswer: not mine"]);
  expect(JSON.stringify(whole.lines)).not.toContain("model away");
});

test("what the function throws is printed with its stack", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => printed.mockRestore());
  const whole = await started();
  const fault = new NoAnswer("not mine");
  await bot(whole, () => Promise.reject(fault));
  await says(whole);
  await until("its death", async () => (await whole.count("turns_total", { outcome: "dead" })) === 1);
  expect(printed.mock.calls).toEqual([[expect.stringMatching(/turn_\w+/), fault]]);
});

test("a reply that can't be rendered is reported by onError, also without a flush", async () => {
  const whole = await started();
  const told: string[] = [];
  const rest = Promise.withResolvers<string>();
  const odd = { type: "raw", channel: "fax", message: {} } as const;
  await bot(
    whole,
    async (turn) => {
      await turn.reply(odd);
      return await rest.promise;
    },
    { onError: (error) => told.push(String(error)) },
  );
  await says(whole);
  await until("the refusal", async () => {
    await whole.clock.advance(500);
    return told.length === 1;
  });
  expect(told).toEqual([expect.stringMatching(/^Unsayable: .*replies\[0\]\.channel/)]);
  rest.resolve("in words, then");
  await until("the answer", () => screen(whole).length === 1);
});

test("an answer that the gateway can't read is refused in its words, and the next turn is answered", async () => {
  const whole = await started();
  const told: string[] = [];
  const many = Array.from({ length: 101 }, (_, index) => `part ${index}`);
  const answers: TurnFunction[] = [
    () => many,
    (turn) => turn.reply(...many).then(() => turn.flush()),
    () => "in words",
  ];
  await bot(whole, (turn) => answers.shift()?.(turn), { onError: (error) => told.push(String(error)) });
  await says(whole, "returned");
  await until("the first refusal", () => told.length === 1);
  await says(whole, "flushed");
  await until("the second refusal", () => told.length === 2);
  await says(whole, "again");
  await until("the answer", () => screen(whole).length === 1);
  const words = "NoAnswer: replies: read a list of 101; allowed is at most 100 entries";
  expect(told).toEqual([words, words]);
  expect(await whole.count("turns_total", { outcome: "dead" })).toBe(2);
});

test("an answer over the frame's limit ends its own turn and no connection", async () => {
  const whole = await started();
  const told: string[] = [];
  const long = "x".repeat(2 * 1024 * 1024);
  const answers: TurnFunction[] = [() => long, (turn) => turn.reply(long).then(() => turn.flush()), () => "in words"];
  const options = { onError: (error: unknown) => told.push(String(error)) };
  const { states } = await bot(whole, (turn) => answers.shift()?.(turn), options);
  await says(whole, "returned");
  await until("the first", () => told.length === 1);
  await says(whole, "flushed");
  await until("the second", () => told.length === 2);
  await says(whole, "again");
  await until("the answer", () => screen(whole).length === 1);
  const words = "an answer may have 2097152 bytes of JSON";
  expect(told).toEqual([`NoAnswer: ${words}`, `NoAnswer: ${words}`]);
  expect(states).toEqual(["connected"]);
  expect(await whole.count("turns_total", { outcome: "dead" })).toBe(2);
  expect(JSON.stringify(whole.lines)).toContain(words);
});

test("its lease is kept while it works, however long that takes", async () => {
  const whole = await started();
  const answer = Promise.withResolvers<string>();
  const turns: Turn[] = [];
  await bot(whole, (turn) => {
    turns.push(turn);
    return answer.promise;
  });
  await says(whole);
  await until("work", () => turns.length === 1);
  for (let round = 0; round < 12; round += 1) {
    await whole.clock.advance(LEASE_MS / 4);
    // The frame needs a moment on the wire before time goes on.
    await until("its activity frame", () => true);
  }
  answer.resolve("at last");
  await until("the answer", () => screen(whole).length === 1);
  expect(turns.map(({ attempt }) => attempt)).toEqual([1]);
});

test("with a newer fence its signal is aborted, and later replies are refused", async () => {
  const whole = await started();
  const lost = Promise.withResolvers<unknown>();
  let calls = 0;
  await bot(whole, async (turn) => {
    calls += 1;
    if (calls > 1) return "second attempt";
    turn.signal.addEventListener("abort", () => lost.resolve(turn.reply("stale").catch((error: unknown) => error)));
    return await new Promise(() => {});
  });
  await says(whole);
  await until("work", () => calls === 1);
  await whole.clock.advance(300_000);
  expect(await lost.promise).toBeInstanceOf(TurnLost);
  await until("the answer", async () => {
    await whole.clock.advance(500);
    return screen(whole).length === 1;
  });
  expect(screen(whole)).toEqual(["second attempt"]);
});

test("it reconnects while it works, and its answer is not lost", async () => {
  const whole = await started();
  const answer = Promise.withResolvers<string>();
  let calls = 0;
  const { states } = await bot(whole, async (turn) => {
    calls += 1;
    await turn.reply("one");
    await turn.flush();
    return await answer.promise;
  });
  await says(whole);
  await until("its first words", async () => {
    await whole.clock.advance(100);
    return screen(whole).length === 1;
  });
  whole.disconnectAgents();
  await until("the loss", () => states.includes("disconnected"));
  answer.resolve("two");
  await until("the next connection", async () => {
    await whole.clock.advance(100);
    return states.filter((state) => state === "connected").length === 2;
  });
  await until("the answer", async () => {
    await whole.clock.advance(100);
    return screen(whole).length === 2;
  });
  expect(screen(whole)).toEqual(["one", "two"]);
  expect(calls).toBe(1);
});

test("a wrong token is reported, and not retried", async () => {
  const whole = await started();
  const { states } = await bot(whole, () => "hi", { token: "other" });
  await until("the refusal", () => states.includes("refused"));
  await whole.clock.advance(60_000);
  expect(states).toEqual(["refused"]);
});

test("a wrong token ends a bot that watches no connection with a sentence and an exit code", async () => {
  const whole = await started();
  const client = new URL("./connect.ts", import.meta.url).pathname;
  const script = `import { connect } from ${JSON.stringify(client)};
    connect(${JSON.stringify(whole.socketUrl("/v1/agent"))}, { token: "a-wrong-one" }).onTurn(() => "hi");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [printed, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(code).toBe(1);
  expect(printed).toContain("turnpike: the gateway refused the agent's token");
  expect(printed).not.toContain("a-wrong-one");
});

test("turns of one conversation are sequential, of several concurrent up to the credit", async () => {
  const whole = await started();
  const log: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  await bot(
    whole,
    async (turn) => {
      log.push(`+${turn.text}`);
      const gate = Promise.withResolvers<void>();
      gates.set(turn.text, gate);
      await gate.promise;
      log.push(`-${turn.text}`);
    },
    { credit: 2 },
  );
  await says(whole, "a1", "Ua");
  await says(whole, "a2", "Ua");
  await says(whole, "b1", "Ub");
  await says(whole, "c1", "Uc");
  await until("two at work", () => log.length === 2);
  for (const text of ["a1", "b1", "c1", "a2"]) {
    await until(`work on ${text}`, () => gates.has(text));
    gates.get(text)?.resolve();
    await until(`the end of ${text}`, () => log.includes(`-${text}`));
  }
  expect(log.indexOf("+a2")).toBeGreaterThan(log.indexOf("-a1"));
  const most = log.reduce(
    ({ now, max }, entry) => {
      const next = now + (entry.startsWith("+") ? 1 : -1);
      return { now: next, max: Math.max(max, next) };
    },
    { now: 0, max: 0 },
  );
  expect(most.max).toBe(2);
});
