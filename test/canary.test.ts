/**
 * Goal: no secret, no words of a person or a bot, and nobody's id is in a log, an answer of ours, a metric or an error;
 * no secret is in the database either.
 * Method: marked values go through everything that quotes, echoes and fails, over real sockets and a real database, and
 * all that came out is searched for them, whole, in part and behind the usual codes. The last tests show that the search
 * finds: what the setting lets through, it sees.
 */
import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config/config.ts";
import { runCommands } from "./support/canary/commands.ts";
import { found, isOfAPeer, marksOf, PRIVATE, SECRETS } from "./support/canary/marks.ts";
import { MARKED } from "./support/canary/platforms.ts";
import { SCENARIOS } from "./support/canary/scenarios.ts";

const secrets = marksOf(SECRETS);
const everything = [...secrets, ...marksOf(PRIVATE)];
const words = everything.filter((mark) => !isOfAPeer(mark));

describe("nothing is found when", () => {
  test.each(Object.entries(SCENARIOS))("%s", async (_name, play) => {
    const { said, messages } = await play();
    expect(messages.length).toBeGreaterThan(0);
    expect(found(everything, said.logs)).toEqual([]);
    expect(found(everything, said.metrics)).toEqual([]);
    expect(found(everything, said.answers)).toEqual([]);
    expect(found(everything, said.eventFeed)).toEqual([]);
    expect(found(words, said.lists)).toEqual([]);
    expect(found(secrets, said.database)).toEqual([]);
  });

  test("an operator runs doctor, config and forget, and whoever doctor asks quotes it", async () => {
    const { doctor, config, forget } = await runCommands();
    expect(doctor).toMatch(/Why it matters/);
    expect(config).toMatch(/TURNPIKE_AGENT_SECRET|agent\.secret/);
    expect(forget).toMatch(/no person with that id/);
    expect(found(secrets, doctor)).toEqual([]);
    expect(found(secrets, config)).toEqual([]);
    expect(found(everything, forget)).toEqual([]);
  });

  test.each(Object.values(SECRETS))("a setting is as wrong as a secret can be (%#)", (secret) => {
    const good: Record<string, string> = Object.assign({}, ...MARKED.map(([, { env }]) => env("http://127.0.0.1:1")));
    const ours = [
      "TURNPIKE_ADMIN_TOKEN",
      "TURNPIKE_ADMIN_TOKENS",
      "TURNPIKE_AGENT_SECRET",
      "TURNPIKE_AGENT_TOKEN",
      "TURNPIKE_LOG_KEY",
      "TURNPIKE_REHEARSAL_AGENTS",
    ];
    const names = [...ours, ...Object.keys(good), "TURNPIKE_DATABASE_URL", "TURNPIKE_AGENT_URL"];
    const told = names.flatMap((name) => {
      const wrong = /_URL$/.test(name) ? [`http://user:${secret}@host:x/`] : [`${secret} ${secret}`, `[${secret}`];
      const isPublic = /_ID$/.test(name);
      return (isPublic ? [] : wrong).map((value) => wordsOf(() => readConfig({ ...good, [name]: value })));
    });
    expect(told.filter((word) => word !== "").length).toBeGreaterThan(5);
    expect(found(secrets, told.join("\n"))).toEqual([]);
  });
});

function wordsOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    return error instanceof Error ? `${error.message} ${error.stack}` : String(error);
  }
}

describe("the search finds", () => {
  test("people and their words, once the setting lets them through, and still no secret", async () => {
    const quoting = Object.entries(SCENARIOS).filter(([name]) => name === "an openab core says too much");
    const said = await Promise.all(quoting.map(async ([, play]) => (await play({ logPayloads: true })).said));
    const logs = said.map((one) => one.logs);
    const wanted = ["text", "answer", ...MARKED.map(([name]) => `${name}Peer`)];
    expect(found(everything, logs.join("\n"))).toEqual(expect.arrayContaining(wanted));
    expect(found(secrets, logs.join("\n"))).toEqual([]);
    const eventFeed = said.map((one) => one.eventFeed).join("\n");
    expect(found(everything, eventFeed)).toEqual(expect.arrayContaining(wanted));
    expect(found(secrets, eventFeed)).toEqual([]);
  });

  test("who people are in the admin API's lists, where an operator looks for them", async () => {
    const [, play] = Object.entries(SCENARIOS).find(([name]) => name === "an agent throws the words") ?? [];
    const { said } = (await play?.()) ?? {};
    const peers = everything.filter(isOfAPeer).map(({ name }) => name);
    expect(found(everything, said?.lists ?? "")).toEqual(expect.arrayContaining(peers));
    expect(said?.lists).toMatch(/"action":"discard"/);
  });

  test("all that people said in the database, where it belongs", async () => {
    const [, play] = Object.entries(SCENARIOS).find(([name]) => name === "an agent throws the words") ?? [];
    const { said } = (await play?.()) ?? {};
    expect(found(marksOf(PRIVATE), said?.database ?? "")).toEqual(expect.arrayContaining(["text", "textOfSigns"]));
  });

  test.each(everything)("$name in a text, in part, as base64, as digits and in an address", ({ name, value }) => {
    const part = value.slice(0, 13);
    for (const text of [
      value,
      `…${part}…`,
      Buffer.from(value).toString("base64"),
      Buffer.from(value).toString("hex"),
      `?q=${encodeURIComponent(value)}`,
      JSON.stringify({ text: JSON.stringify(value) }),
    ]) {
      expect(found(everything, text)).toContain(name);
    }
  });
});
