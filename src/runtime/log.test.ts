/**
 * Goal: a log line is one line of JSON with level, time and message, and none is lost at an abrupt end.
 * Method: a process of its own writes, because the log's place is its standard output.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { jsonLog, type LogLevel, reasonOf, silentLog } from "./log.ts";

const LOG = fileURLToPath(new URL("./log.ts", import.meta.url));

/** Runs `code` with a `log` of that level, and gives back what it wrote. */
async function written(level: LogLevel, code: string): Promise<string> {
  const program = `import { jsonLog } from ${JSON.stringify(LOG)}; const log = jsonLog("${level}"); ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (part) => {
    output += part;
  });
  await once(child, "close");
  return output;
}

function lines(output: string): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("lines", () => {
  test("are JSON, one an outcome, with level as a word, ISO time, message and fields, and nothing of the machine", async () => {
    const before = Date.now();
    const output = await written(
      "debug",
      `log.debug({}, "one"); log.info({ turnId: "turn_1", n: 7, ok: true, none: null, not: undefined }, "two\\nlines");
       log.warn({}, "three"); log.error({}, "four"); log.fatal({}, "five ☃");`,
    );
    expect(output.endsWith("\n")).toBe(true);
    const read = lines(output);
    expect(read.map(({ level, msg }) => [level, msg])).toEqual([
      ["debug", "one"],
      ["info", "two\nlines"],
      ["warn", "three"],
      ["error", "four"],
      ["fatal", "five ☃"],
    ]);
    expect(Object.keys(read[0] ?? {})).toEqual(["level", "time", "msg"]);
    expect(read[1]).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      turnId: "turn_1",
      n: 7,
      ok: true,
      none: null,
      msg: "two\nlines",
    });
    const time = Date.parse(String(read[0]?.time));
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  test.each<[LogLevel, string[]]>([
    ["debug", ["debug", "info", "warn", "error", "fatal"]],
    ["info", ["info", "warn", "error", "fatal"]],
    ["error", ["error", "fatal"]],
    ["silent", []],
  ])("below the level %s are not written", async (level, words) => {
    const all = `for (const name of ["debug", "info", "warn", "error", "fatal"]) log[name]({}, name);`;
    const output = await written(level, all);
    expect(output === "" ? [] : lines(output).map(({ msg }) => msg)).toEqual(words);
  });

  test("come in their order and whole, however many there are in one turn of the event loop", async () => {
    const output = await written("info", `for (let n = 0; n < 5_000; n += 1) log.info({ n }, "☃".repeat(20));`);
    expect(lines(output).map(({ n }) => n)).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
  });
});

describe("at an abrupt end", () => {
  test("what was flushed is there", async () => {
    const output = await written(
      "info",
      `log.fatal({}, "last words"); log.flush(); process.kill(process.pid, "SIGKILL");`,
    );
    expect(lines(output)).toMatchObject([{ msg: "last words" }]);
  });

  test("what was written a turn of the event loop ago is there without a flush", async () => {
    const output = await written(
      "info",
      `log.info({}, "before"); setImmediate(() => setImmediate(() => process.kill(process.pid, "SIGKILL")));`,
    );
    expect(lines(output)).toMatchObject([{ msg: "before" }]);
  });

  test("process.exit after a flush loses no line", async () => {
    const output = await written("info", `log.info({}, "stopped"); log.flush(); process.exit(0);`);
    expect(lines(output)).toMatchObject([{ msg: "stopped" }]);
  });

  test("a flush of nothing is nothing", () => {
    const log = jsonLog("silent");
    log.info({}, "unheard");
    expect(() => log.flush()).not.toThrow();
    expect(() => silentLog.error({}, "unheard")).not.toThrow();
  });
});

test.each([
  [new Error("plain"), "plain"],
  [new TypeError("odd"), "TypeError: odd"],
  ["a text", "a text"],
  [undefined, "undefined"],
  [{ code: 7 }, "[object Object]"],
])("the reason of %o is its name and message", (thrown, reason) => {
  expect(reasonOf(thrown)).toBe(reason);
});
