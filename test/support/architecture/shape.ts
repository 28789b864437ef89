/** How big files and functions are, what they are called and where they lie. */
import { posix } from "node:path";
import { foldersIn, isTest, type Rule, shipped, type Tree } from "./tree.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

export const filesAreShort: Rule = (tree) =>
  tree.sources
    .filter((file) => file.lineCount > FILE_LINES_MAX)
    .map((file) => `${file.path} has ${file.lineCount} lines; ${FILE_LINES_MAX} are allowed`);

export const functionsAreShort: Rule = (tree) =>
  tree.sources.flatMap((file) =>
    file.functions
      .filter(({ lineCount, isSuite }) => lineCount > FUNCTION_LINES_MAX && !(isSuite && isTest(file.path)))
      .map(({ name, line, lineCount }) => `${file.path}:${line} ${name} has ${lineCount} lines`),
  );

/** What every channel has, a file each; what doesn't fit into the file stands in a folder of its name. */
const CHANNEL_PARTS = [
  "diagnostics",
  "classify",
  "config",
  "index",
  "normalize",
  "typing-indicator",
  "render",
  "send",
  "simulator",
  "verify",
  "wire",
];
/** What a channel may have besides: calls that send no message, and the optional parts of `Channel`. */
const OPTIONAL_PARTS = ["api", "cost-policy", "media", "profiles"];
const ALL_PARTS = new Set([...CHANNEL_PARTS, ...OPTIONAL_PARTS]);

/** Folders of `channels/` that are no platform. `meta` has what several share of the same parts. */
const NO_PLATFORM = new Set(["src/channels/meta", "src/channels/simulation"]);
const SHARED_PARTS = ["src/channels/meta"];

export const channelsLookAlike: Rule = (tree) => {
  const channels = foldersIn(tree, "src/channels").filter((folder) => !NO_PLATFORM.has(folder));
  return [
    ...channels.flatMap((folder) => [...missingParts(tree, folder), ...foldersWithoutFile(tree, folder)]),
    ...[...channels, ...SHARED_PARTS].flatMap((folder) => unknownParts(tree, folder)),
  ];
};

function missingParts(tree: Tree, folder: string): string[] {
  const parts = partsIn(tree, folder);
  return [
    ...CHANNEL_PARTS.filter((part) => !parts.includes(part)).map((part) => `${folder} lacks ${part}.ts`),
    ...(foldersIn(tree, folder).includes(`${folder}/fixtures`) ? [] : [`${folder} lacks fixtures/`]),
  ];
}

function foldersWithoutFile(tree: Tree, folder: string): string[] {
  const parts = partsIn(tree, folder);
  return partFoldersIn(tree, folder)
    .filter((part) => ALL_PARTS.has(part) && !parts.includes(part))
    .map((part) => `${folder}/${part}/ has no ${part}.ts beside it`);
}

function unknownParts(tree: Tree, folder: string): string[] {
  const unknown = (names: readonly string[], end: string) =>
    names
      .filter((name) => !ALL_PARTS.has(name))
      .map((name) => `${folder}/${name}${end} is no part that a channel may have`);
  return [...unknown(partsIn(tree, folder), ".ts"), ...unknown(partFoldersIn(tree, folder), "/")];
}

function partsIn(tree: Tree, folder: string): string[] {
  return namesIn(tree, folder)
    .filter((name) => !name.includes(".test."))
    .map((name) => name.replace(/\.ts$/, ""));
}

function partFoldersIn(tree: Tree, folder: string): string[] {
  return foldersIn(tree, folder)
    .map((path) => posix.basename(path))
    .filter((name) => name !== "fixtures");
}

/** Of a store: how it is opened and examined, how its transactions are run, what it says otherwise than others. */
const STORE_PARTS = ["index", "entry", "driver", "dialect", "group-commit", "store-clock", "diagnostics"];
/** What stands in `src/store` and is no store. */
const NO_STORE = new Set(["src/store/ops", "src/store/multi-transaction", "src/store/copy"]);

export const storesLookAlike: Rule = (tree) =>
  foldersIn(tree, "src/store")
    .filter((folder) => !NO_STORE.has(folder))
    .flatMap((folder) => {
      const names = namesIn(tree, folder);
      const missing = STORE_PARTS.filter((part) => !names.includes(`${part}.ts`)).map(
        (part) => `${folder} lacks ${part}.ts`,
      );
      const ops = foldersIn(tree, folder).includes(`${folder}/ops`);
      return ops ? [...missing, `${folder}/ops: an operation is written once, in src/store/ops`] : missing;
    });

/** In the order of a message's way. What they share is in the folders beside them. */
const STAGES = ["accept", "seal", "claim", "invoke", "outbox", "send", "settle", "sweep"];

export const pipelineFilesAreStages: Rule = (tree) =>
  namesIn(tree, "src/pipeline")
    .filter((name) => name !== "deps.ts" && !STAGES.includes(name.replace(/(\.test)?\.ts$/, "")))
    .map((name) => `src/pipeline/${name} is no stage: what stages share is in src/pipeline/support`);

/** The TypeScript files directly in `folder`, by name. */
function namesIn(tree: Tree, folder: string): string[] {
  const files = tree.sources.filter((file) => posix.dirname(file.path) === folder);
  return files.map((file) => posix.basename(file.path)).sort();
}

const BOUNDARY = /^src\/(index|(channels|store)\/([^/]+\/)?index|(simulator|agents)\/index)\.ts$/;

export const barrelsOnlyAtBoundaries: Rule = (tree) =>
  shipped(tree)
    .filter((file) => !BOUNDARY.test(file.path))
    .filter((file) => file.isBarrel || posix.basename(file.path) === "index.ts")
    .map((file) => `${file.path} only hands on what other files export, and stands at no boundary`);

export const noDefaultExports: Rule = (tree) =>
  tree.sources
    .filter((file) => file.hasDefaultExport && file.path !== "vitest.config.ts")
    .map((file) => `${file.path} has a default export`);

const EMPTY_NAMES = new Set([
  "manager",
  "helper",
  "helpers",
  "util",
  "utils",
  "common",
  "data",
  "info",
  "process",
  "handle",
]);

export const namesSaySomething: Rule = (tree) => {
  const folders = new Set(tree.sources.map((file) => posix.dirname(file.path)));
  return [...tree.sources.map((file) => file.path), ...folders]
    .filter((path) => EMPTY_NAMES.has(posix.basename(path).replace(/\..*$/, "")))
    .map((path) => `${path}: this name says nothing`);
};

export const depsAreInterfaces: Rule = (tree) =>
  tree.sources
    .filter((file) => file.path === "src/pipeline/deps.ts" && !file.isTypesOnly)
    .map((file) => `${file.path} holds more than types`);
