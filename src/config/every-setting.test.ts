/**
 * Goal: every setting is read from each source, trimmed, and refused by its name when it is
 * invalid. Method: the tests are generated from the schema, so that they cover new settings; each kind has an example
 * and a malformed value.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { shown } from "../settings/kinds.ts";
import { mayBeInFile, type Named } from "../settings/names.ts";
import { type Entry, type Environment, newReading, readGroup } from "../settings/read.ts";
import type { Setting } from "../settings/setting.ts";
import { parseYaml } from "../settings/yaml.ts";
import { refuseUnknownVariables } from "./environment.ts";
import { ALL_SETTINGS, SETTINGS } from "./settings-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "turnpike-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly problems: readonly string[];
  readonly entry: (path: string) => Entry | undefined;
}

function read(env: Environment, yaml = ""): Result {
  const reading = newReading(env, ALL_SETTINGS, "t.yaml");
  const { problems } = reading;
  const raw = parseYaml(
    yaml,
    (line) => ({ in: "file", file: "t.yaml", line }),
    (message) => problems.push(message),
  );
  readGroup(SETTINGS, { path: "", raw, envPath: ["turnpike"] }, reading);
  refuseUnknownVariables(reading);
  return { problems, entry: (path) => reading.entries.find((entry) => entry.path === path) };
}

/** `{"line":{"accounts":[{"channelId":VALUE}]}}`, which is YAML too: `line.accounts[].channelId` with that in its place. */
function yamlAt(path: string, value: string): string {
  return path
    .split(".")
    .reverse()
    .reduce((inner, step) => {
      const name = JSON.stringify(step.replace("[]", ""));
      return step.endsWith("[]") ? `{${name}: [${inner}]}` : `{${name}: ${inner}}`;
    }, value);
}

interface Tried {
  readonly path: string;
  /** With the index in a list. */
  readonly at: string;
  readonly node: Setting;
  readonly variables: readonly string[];
  readonly example: string;
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** Examples that the schema can't have. */
const MADE: Readonly<Record<string, string>> = {
  assertionKey: JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid: "key-1" }),
};

const tried: readonly Tried[] = ALL_SETTINGS.flatMap(({ path, node, variables }: Named) => {
  if (node.node === "list") return [];
  const example = node.kind.example ?? MADE[path.split(".").at(-1) ?? ""] ?? "";
  return [{ path, at: path.replaceAll("[]", "[0]"), node, variables, example }];
});
const inEnvironment = tried.flatMap((one) => one.variables.map((name) => ({ ...one, name })));

test("there are settings, and each has an example", () => {
  expect(tried.length).toBeGreaterThan(80);
  expect(tried.filter(({ example }) => example === "")).toEqual([]);
});

test("no two settings have one variable, unless it is meant for both", () => {
  const names = inEnvironment.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  expect([...twice].every((name) => name.startsWith("META_"))).toBe(true);
});

test("without input each setting has its default", () => {
  const { problems, entry } = read({});
  expect(problems).toEqual([]);
  for (const { path, node } of tried.filter((one) => !one.path.includes("[]"))) {
    expect(entry(path)).toMatchObject({ value: node.default, source: { kind: "default" } });
  }
});

test.each(tried.filter(({ node }) => node.default !== null))("the default of $path is allowed", ({ node }) => {
  expect(node.kind.schema.safeParse(node.default)).toMatchObject({ success: true, data: node.default });
});

describe("in the environment", () => {
  test.each(inEnvironment)("$name is accepted", ({ path, name, node, example }) => {
    const { problems, entry } = read({ [name]: example });
    expect(problems).toEqual([]);
    expect(entry(path)).toMatchObject({ source: { kind: "environment", name } });
    expect(node.kind.schema.safeParse(node.kind.fromText(example)).data).toEqual(entry(path)?.value);
  });

  test.each(inEnvironment)("$name is trimmed, and an empty one counts as absent", ({ path, name, example, node }) => {
    const spaced = read({ [name]: ` \t${example}\r\n` });
    expect(spaced.problems).toEqual([]);
    expect(spaced.entry(path)?.value).toEqual(read({ [name]: example }).entry(path)?.value);
    expect(read({ [name]: " \n" }).entry(path)).toMatchObject({ value: node.default, source: { kind: "default" } });
  });

  test.each(inEnvironment)("$name is refused when it is malformed, and a secret isn't shown", ({ name, node }) => {
    const { malformed, allowed, secrecy } = node.kind;
    const { problems } = read({ [name]: malformed });
    expect(new Set(problems)).toEqual(new Set([`${name}: read ${shown(node.kind, malformed)}; allowed: ${allowed}`]));
    if (secrecy === "secret") expect(problems.join()).not.toContain(malformed);
  });

  // Without aliases, which may be other programs' names: names that resemble them are ignored.
  const byOurName = inEnvironment.filter(({ name, variables }) => name === variables[0]);

  test.each(byOurName)("$name misspelt is refused, with a suggestion", ({ name, example }) => {
    const misspelt = `${name}X`;
    const { problems } = read({ [misspelt]: example });
    expect(problems).toEqual([expect.stringMatching(`^${misspelt}: there is no such setting; did you mean `)]);
    expect(problems.join()).not.toContain(`: ${example}`);
  });
});

describe("in a file of its own", () => {
  const secret = inEnvironment.filter(({ node }) => mayBeInFile(node));

  test.each(secret)("$name may be, and is trimmed", ({ path, name, example }) => {
    const file = join(folder, "good");
    writeFileSync(file, `${example}\n`);
    const { problems, entry } = read({ [`${name}_FILE`]: file });
    expect(problems).toEqual([]);
    expect(entry(path)?.value).toEqual(read({ [name]: example }).entry(path)?.value);
    expect(entry(path)?.source).toEqual({ kind: "environment", name: `${name}_FILE`, file });
  });

  test.each(secret)(
    "$name must be in a readable file that isn't empty, and not in the variable as well",
    ({ name, example }) => {
      const gone = join(folder, "gone");
      expect(new Set(read({ [`${name}_FILE`]: gone }).problems)).toEqual(
        new Set([`${name}_FILE: the file ${gone} can't be read (ENOENT); allowed: the path of a text file`]),
      );
      const file = join(folder, "empty");
      writeFileSync(file, " \n");
      expect(read({ [`${name}_FILE`]: file }).problems).toContain(
        `${name}_FILE: the file ${file} is empty; allowed: one with the value`,
      );
      expect(read({ [`${name}_FILE`]: file, [name]: example }).problems).toContain(
        `${name} and ${name}_FILE are set; allowed: one of them`,
      );
    },
  );

  test("only settings that may contain a secret may be", () => {
    expect(read({ TURNPIKE_PORT_FILE: join(folder, "good") }).problems).toEqual([
      expect.stringContaining("TURNPIKE_PORT_FILE: there is no such setting"),
    ]);
  });
});

describe("in YAML", () => {
  test.each(tried)("$path is accepted, trimmed, with its line", ({ path, at, example }) => {
    const { problems, entry } = read({}, `# a line\n${yamlAt(path, JSON.stringify(` ${example} `))}`);
    expect(problems).toEqual([]);
    expect(entry(at)?.source).toEqual({
      kind: "file",
      place: { in: "file", file: "t.yaml", line: 2 },
      variables: [],
    });
    expect(entry(at)?.node.kind.schema.safeParse(entry(at)?.node.kind.fromText(example)).data).toEqual(
      entry(at)?.value,
    );
  });

  test.each(tried)("$path may refer to a variable", ({ path, at, example }) => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how YAML refers to a variable
    const { problems, entry } = read({ TURNPIKE_TEST_X: example }, yamlAt(path, '"${TURNPIKE_TEST_X}"'));
    expect(problems).toEqual([]);
    expect(entry(at)).toMatchObject({
      value: read({}, yamlAt(path, JSON.stringify(example))).entry(at)?.value,
      source: { kind: "file", variables: ["TURNPIKE_TEST_X"] },
    });
  });

  test.each(tried)("$path is refused when it is malformed, and a secret isn't shown", ({ path, at, node }) => {
    const { malformed, allowed, secrecy } = node.kind;
    const { problems } = read({}, yamlAt(path, JSON.stringify(malformed)));
    expect(problems).toEqual([`t.yaml:1: ${at}: read ${shown(node.kind, malformed)}; allowed: ${allowed}`]);
    if (secrecy === "secret") expect(problems.join()).not.toContain(malformed);
  });

  test.each(tried)("$path misspelt is refused, with a suggestion", ({ path, at }) => {
    const misspelt = path.replace(/.$/, "");
    const { problems } = read({}, yamlAt(misspelt, "1"));
    expect(problems).toEqual([
      expect.stringMatching(/^t\.yaml:1: .*: there is no such setting; (did you mean|known are) /),
    ]);
    expect(problems[0]).toContain(at.split(".").at(-1)?.slice(0, -1));
  });

  test.each(tried.filter(({ node }) => node.kind.isText))("$path as a number must be in quotes", ({ path, at }) => {
    for (const number of ["0123", "1e3"]) {
      const { problems } = read({}, yamlAt(path, number));
      expect(problems).toEqual([
        expect.stringMatching(`^t.yaml:1: ${at.replaceAll("[", "\\[")}: read .*put it in quotes`),
      ]);
    }
  });

  test.each(inEnvironment)("$name takes precedence over $path", ({ path, name, example }) => {
    const { problems, entry } = read({ [name]: example }, yamlAt(path, '"something else altogether, and malformed"'));
    expect(problems).toEqual([]);
    expect(entry(path)?.source).toMatchObject({ kind: "environment", name });
  });

  test.each(tried)("$path without a value counts as absent", ({ path, at, node }) => {
    for (const nothing of ["null", '""', '" "', "~"]) {
      const { problems, entry } = read({}, yamlAt(path, nothing));
      expect(problems).toEqual([]);
      expect(entry(at)?.value ?? null).toEqual(path.includes("[]") ? null : node.default);
    }
  });
});
